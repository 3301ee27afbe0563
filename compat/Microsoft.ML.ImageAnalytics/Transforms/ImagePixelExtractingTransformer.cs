using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Image;
using ColorBits = Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator.ColorBits;
using ColorsOrder = Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator.ColorsOrder;

[assembly: LoadableClass(typeof(ImagePixelExtractingTransformer), null, typeof(SignatureLoadModel),
    "Image Pixel Extractor Transform", ImagePixelExtractingTransformer.LoaderSignature)]

namespace Microsoft.ML.Transforms.Image;

public sealed class ImagePixelExtractingTransformer : OneToOneTransformerBase
{
    internal const string LoaderSignature = "ImagePixelExtractor";

    private const string RegistrationName = "ImagePixelExtractor";

    // Up to this version the order was always ARGB and not in the file.
    private const uint LastVersionWithoutOrder = 0x00010002;

    private readonly ImagePixelExtractingEstimator.ColumnOptions[] _columns;

    internal ImagePixelExtractingTransformer(IHostEnvironment env, params ImagePixelExtractingEstimator.ColumnOptions[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(RegistrationName), [.. columns.Select(column => (column.Name, column.InputColumnName))])
        => _columns = columns;

    private ImagePixelExtractingTransformer(IHost host, ModelLoadContext ctx)
        : base(host, ctx)
        => _columns = [.. ColumnPairs.Select(pair => LoadColumn(pair.outputColumnName, pair.inputColumnName, ctx))];

    internal IReadOnlyCollection<ImagePixelExtractingEstimator.ColumnOptions> Columns => _columns;

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "IMGPXEXT",
        verWrittenCur: 0x00010003,
        verReadableCur: 0x00010002,
        verWeCanReadBack: 0x00010002,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(ImagePixelExtractingTransformer).Assembly.FullName!);

    private static ImagePixelExtractingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        IHost host = env.Register(RegistrationName);
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new ImagePixelExtractingTransformer(host, ctx);
    }

    private static ImagePixelExtractingEstimator.ColumnOptions LoadColumn(string name, string inputColumnName, ModelLoadContext ctx)
    {
        BinaryReader reader = ctx.Reader;
        var colors = (ColorBits)reader.ReadByte();
        var order = ctx.Header.ModelVerWritten <= LastVersionWithoutOrder ? ColorsOrder.ARGB : (ColorsOrder)reader.ReadByte();
        bool floats = ReadBool(reader);
        float offset = reader.ReadSingle(), scale = reader.ReadSingle();
        bool interleave = ReadBool(reader);
        bool valid = colors != 0 && (colors & ~ColorBits.All) == 0 && Enum.IsDefined(order) && float.IsFinite(offset) && float.IsFinite(scale) && scale != 0
            && (floats || (offset == 0 && scale == 1));
        Contracts.CheckDecode(valid, $"Corrupt model file: column '{name}' extracts colors {colors} in order {order} with offset {offset} and scale {scale}");
        return new ImagePixelExtractingEstimator.ColumnOptions(name, inputColumnName, colors, order, interleave, offset, scale, floats);
    }

    private static bool ReadBool(BinaryReader reader)
    {
        byte value = reader.ReadByte();
        Contracts.CheckDecode(value <= 1, $"Corrupt model file: {value} where 0 or 1 is wanted");
        return value == 1;
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());

        // The columns; for each, byte: colors, byte: order, byte: floats, float: offset, float: scale, byte: interleaved.
        SaveColumns(ctx);
        foreach (var column in _columns)
        {
            ctx.Writer.Write((byte)column.ColorsToExtract);
            ctx.Writer.Write((byte)column.OrderOfExtraction);
            ctx.Writer.Write(column.OutputAsFloatArray);
            ctx.Writer.Write(column.OffsetImage);
            ctx.Writer.Write(column.ScaleImage);
            ctx.Writer.Write(column.InterleavePixelColors);
        }
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        string name = _columns[col].InputColumnName;
        if (inputSchema[srcCol].Type is not ImageDataViewType type)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", name, "image", inputSchema[srcCol].Type.ToString()!);
        if (!type.IsKnownSize)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", name, "known-size image", "unknown-size image");
    }

    private sealed class Mapper(ImagePixelExtractingTransformer parent, DataViewSchema inputSchema)
        : OneToOneMapperBase(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
    {
        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() =>
            [.. parent._columns.Select((column, i) => new DataViewSchema.DetachedColumn(column.Name, TypeOf(i), null))];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer) =>
            parent._columns[iinfo].OutputAsFloatArray ? MakeGetter<float>(input, iinfo, out disposer) : MakeGetter<byte>(input, iinfo, out disposer);

        private ImageDataViewType ImageType(int iinfo) => (ImageDataViewType)InputSchema[ColMapNewToOld[iinfo]].Type;

        private VectorDataViewType TypeOf(int iinfo)
        {
            var (column, image) = (parent._columns[iinfo], ImageType(iinfo));
            return column.InterleavePixelColors
                ? new VectorDataViewType(column.ItemType, image.Height, image.Width, column.Planes)
                : new VectorDataViewType(column.ItemType, column.Planes, image.Height, image.Width);
        }

        private ValueGetter<VBuffer<T>> MakeGetter<T>(DataViewRow input, int iinfo, out Action disposer)
            where T : struct
        {
            var (column, type, size) = (parent._columns[iinfo], ImageType(iinfo), TypeOf(iinfo).Size);
            var getImage = input.GetGetter<MLImage?>(input.Schema[ColMapNewToOld[iinfo]]);
            MLImage? image = null;
            disposer = () => image?.Dispose();
            return (ref VBuffer<T> values) =>
            {
                getImage(ref image);
                if (image is null)
                {
                    // All zeros, sparsely.
                    values = VBufferEditor.Create(ref values, size, 0).Commit();
                    return;
                }
                if (image.Height != type.Height || image.Width != type.Width)
                    throw parent.Host.Except($"Column '{column.InputColumnName}' has images of {type.Width} x {type.Height} pixels, but "
                        + $"this one is {image.Width} x {image.Height}.");
                var editor = VBufferEditor.Create(ref values, size);
                foreach (var extractor in PixelExtractor.For(column, type.Height * type.Width, image.PixelFormat == MLPixelFormat.Bgra32))
                {
                    if (typeof(T) == typeof(byte)) extractor.Extract(image.Pixels, MemoryMarshal.Cast<T, byte>(editor.Values));
                    else extractor.Extract(image.Pixels, MemoryMarshal.Cast<T, float>(editor.Values), column.OffsetImage, column.ScaleImage);
                }
                values = editor.Commit();
            };
        }
    }
}
