using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;

[assembly: LoadableClass(typeof(ImageLoadingTransformer), null, typeof(SignatureLoadModel), "", ImageLoadingTransformer.LoaderSignature)]

namespace Microsoft.ML.Data;

public sealed class ImageLoadingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImageLoaderTransform";

    // Before this version there were only images.
    private const uint FirstVersionWithBytes = 0x00010003;

    // Null where paths are taken as they are.
    public readonly string ImageFolder;

    private readonly bool _useImageType;

    internal ImageLoadingTransformer(IHostEnvironment env, string? imageFolder, bool type, params (string outputColumnName, string inputColumnName)[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ImageLoadingTransformer)), columns)
    {
        if (!string.IsNullOrEmpty(imageFolder) && !Directory.Exists(imageFolder))
            throw new ArgumentException($"Directory \"{imageFolder}\" does not exist.");
        ImageFolder = string.IsNullOrEmpty(imageFolder) ? null! : Path.GetFullPath(imageFolder);
        _useImageType = type;
    }

    private ImageLoadingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
    {
        ImageFolder = ctx.LoadStringOrNull()!;
        _useImageType = ctx.Header.ModelVerWritten < FirstVersionWithBytes || ctx.Reader.ReadBoolean();
    }

    internal IReadOnlyCollection<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "IMGLOADR",
        verWrittenCur: 0x00010003,
        verReadableCur: 0x00010003,
        verWeCanReadBack: 0x00010003,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ImageLoadingTransformer).Assembly.FullName!);

    private static ImageLoadingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new ImageLoadingTransformer(env.Register(nameof(ImageLoadingTransformer)), ctx);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());

        // The columns; int: string id of the folder, or -1; bool: images, not bytes.
        SaveColumns(ctx);
        ctx.SaveStringOrNull(ImageFolder);
        ctx.Writer.Write(_useImageType);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        DataViewType type = inputSchema[srcCol].Type;
        if (type is not TextDataViewType)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", ColumnPairs[col].inputColumnName,
                TextDataViewType.Instance.ToString()!, type.ToString()!);
    }

    private string FullPath(ReadOnlyMemory<char> path) => string.IsNullOrWhiteSpace(ImageFolder) ? path.ToString() : Path.Combine(ImageFolder, path.ToString());

    private sealed class Mapper(ImageLoadingTransformer parent, DataViewSchema inputSchema)
        : OneToOneMapperBase(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
    {
        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore()
        {
            DataViewType type = parent._useImageType ? new ImageDataViewType() : new VectorDataViewType(NumberDataViewType.Byte);
            return [.. parent.ColumnPairs.Select(pair => new DataViewSchema.DetachedColumn(pair.outputColumnName, type, null))];
        }

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            var getPath = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[ColMapNewToOld[iinfo]]);
            if (parent._useImageType) return MakeImageGetter(getPath, out disposer);
            disposer = null;
            return MakeBytesGetter(getPath);
        }

        private ValueGetter<MLImage?> MakeImageGetter(ValueGetter<ReadOnlyMemory<char>> getPath, out Action disposer)
        {
            MLImage? last = null;
            disposer = () => last?.Dispose();
            ReadOnlyMemory<char> path = default;
            return (ref MLImage? image) =>
            {
                image?.Dispose();
                image = null;
                getPath(ref path);
                if (!path.IsEmpty)
                {
                    string file = parent.FullPath(path);
                    image = MLImage.CreateFromBytes(File.ReadAllBytes(file), nameof(path), file);
                    image.Tag = file;
                }
                last = image;
            };
        }

        private ValueGetter<VBuffer<byte>> MakeBytesGetter(ValueGetter<ReadOnlyMemory<char>> getPath)
        {
            ReadOnlyMemory<char> path = default;
            return (ref VBuffer<byte> bytes) =>
            {
                getPath(ref path);
                if (path.IsEmpty) bytes = VBufferEditor.Create(ref bytes, 0).Commit();
                else ReadFile(parent.FullPath(path), ref bytes);
            };
        }

        private static void ReadFile(string path, ref VBuffer<byte> bytes)
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (file.Length > Array.MaxLength)
                throw new IOException($"The file '{path}' has {file.Length} bytes; at most {Array.MaxLength} fit into a column.");
            if (file.Length == 0)
            {
                // Some file systems do not know the length of what they have.
                byte[] all = File.ReadAllBytes(path);
                bytes = new VBuffer<byte>(all.Length, all);
                return;
            }
            var editor = VBufferEditor.Create(ref bytes, (int)file.Length);
            file.ReadExactly(editor.Values);
            bytes = editor.Commit();
        }
    }
}
