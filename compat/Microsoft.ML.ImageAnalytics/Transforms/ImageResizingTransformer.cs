using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;
using Anchor = Microsoft.ML.Transforms.Image.ImageResizingEstimator.Anchor;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

[assembly: LoadableClass(typeof(ImageResizingTransformer), null, typeof(SignatureLoadModel),
    "Image Resizer Transform", ImageResizingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

public sealed class ImageResizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImageScalerTransform";

    private const string RegistrationName = "ImageScaler";

    private readonly ImageResizingEstimator.ColumnOptions[] _columns;

    internal ImageResizingTransformer(IHostEnvironment env, params ImageResizingEstimator.ColumnOptions[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(RegistrationName), [.. columns.Select(column => (column.Name, column.InputColumnName))])
        => _columns = columns;

    private ImageResizingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
        => _columns = [.. ColumnPairs.Select(pair => LoadColumn(pair.outputColumnName, pair.inputColumnName, ctx))];

    internal IReadOnlyCollection<ImageResizingEstimator.ColumnOptions> Columns => _columns;

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "IMGSCALF",
        verWrittenCur: 0x00010003,
        verReadableCur: 0x00010003,
        verWeCanReadBack: 0x00010003,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ImageResizingTransformer).Assembly.FullName!);

    private static ImageResizingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        IHost host = env.Register(RegistrationName);
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new ImageResizingTransformer(host, ctx);
    }

    private static ImageResizingEstimator.ColumnOptions LoadColumn(string name, string inputColumnName, ModelLoadContext ctx)
    {
        int width = ctx.Reader.ReadInt32(), height = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(width > 0 && height > 0 && (long)width * height <= ImageDataViewType.MaxPixels,
            $"Corrupt model file: column '{name}' is resized to {width} x {height}");
        var resizing = (ResizingKind)ctx.Reader.ReadByte();
        var anchor = (Anchor)ctx.Reader.ReadByte();
        Contracts.CheckDecode(Enum.IsDefined(resizing) && Enum.IsDefined(anchor),
            $"Corrupt model file: column '{name}' has resizing {resizing} with anchor {anchor}");
        return new ImageResizingEstimator.ColumnOptions(name, width, height, inputColumnName, resizing, anchor);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());

        // The columns; for each, int: width, int: height, byte: kind of resizing, byte: anchor.
        SaveColumns(ctx);
        foreach (var column in _columns)
        {
            ctx.Writer.Write(column.ImageWidth);
            ctx.Writer.Write(column.ImageHeight);
            ctx.Writer.Write((byte)column.Resizing);
            ctx.Writer.Write((byte)column.Anchor);
        }
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        DataViewType type = inputSchema[srcCol].Type;
        if (type is not ImageDataViewType)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", _columns[col].InputColumnName, "image", type.ToString()!);
    }

    private sealed class Mapper(ImageResizingTransformer parent, DataViewSchema inputSchema)
        : OneToOneMapperBase(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
    {
        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [.. parent._columns.Select(column => new DataViewSchema.DetachedColumn(column.Name, column.Type, null))];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            var getSource = input.GetGetter<MLImage?>(input.Schema[ColMapNewToOld[iinfo]]);
            var column = parent._columns[iinfo];
            MLImage? source = null;
            ValueGetter<MLImage?> getter = (ref MLImage? image) =>
            {
                image?.Dispose();
                image = null;
                getSource(ref source);
                if (source is null) return;
                bool fits = source.Height == column.ImageHeight && source.Width == column.ImageWidth;
                image = fits ? source : source.CloneWithResizing(column.ImageWidth, column.ImageHeight, column.Mode);
                if (!fits) image.Tag = source.Tag;
            };
            return getter;
        }
    }
}
