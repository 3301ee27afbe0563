using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Image;

public sealed class ImagePixelExtractingEstimator : TrivialEstimator<ImagePixelExtractingTransformer>
{
    internal ImagePixelExtractingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ImagePixelExtractingEstimator)), new ImagePixelExtractingTransformer(env, columns))
    {
    }

    [Flags]
    public enum ColorBits : byte
    {
        Alpha = 1,
        Red = 2,
        Green = 4,
        Blue = 8,
        Rgb = Red | Green | Blue,
        All = Alpha | Rgb,
    }

    public enum ColorsOrder : byte
    {
        ARGB = 1,
        ARBG = 2,
        ABRG = 3,
        ABGR = 4,
        AGRB = 5,
        AGBR = 6,
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        ImageSchemaShape.Propagate(Host, inputSchema, Transformer.Columns.Select(column => (column.Name, column.InputColumnName)),
            new ImageDataViewType(), (output, _) =>
            new SchemaShape.Column(output, SchemaShape.Column.VectorKind.Vector, Transformer.Columns.Last(column => column.Name == output).ItemType, false));

    /// <summary>The wanted colours in their order, which is spelled by the names of <see cref="ColorsOrder"/>.</summary>
    internal static ColorBits[] InOrder(ColorsOrder order, ColorBits colors) =>
    [
        .. order.ToString()
            .Select(letter => letter switch { 'A' => ColorBits.Alpha, 'R' => ColorBits.Red, 'G' => ColorBits.Green, _ => ColorBits.Blue })
            .Where(color => (colors & color) != 0),
    ];

    internal static class Defaults
    {
        public const ColorsOrder Order = ColorsOrder.ARGB;
        public const ColorBits Colors = ColorBits.Rgb;
        public const bool Interleave = false;
        public const bool Convert = true;
        public const float Scale = 1f;
        public const float Offset = 0f;
    }

    internal sealed class ColumnOptions
    {
        public readonly string Name;
        public readonly string InputColumnName;
        public readonly ColorBits ColorsToExtract;
        public readonly ColorsOrder OrderOfExtraction;
        public readonly byte Planes;
        public readonly bool InterleavePixelColors;
        public readonly float OffsetImage;
        public readonly float ScaleImage;
        public readonly bool OutputAsFloatArray;

        public ColumnOptions(string name, string? inputColumnName = null, ColorBits colorsToExtract = Defaults.Colors,
            ColorsOrder orderOfExtraction = Defaults.Order,
            bool interleavePixelColors = Defaults.Interleave, float offsetImage = Defaults.Offset, float scaleImage = Defaults.Scale,
            bool outputAsFloatArray = Defaults.Convert)
        {
            Contracts.CheckNonWhiteSpace(name, nameof(name));
            Contracts.CheckParam((colorsToExtract & ColorBits.All) != 0, nameof(colorsToExtract), "At least one color plane must be extracted.");
            (Name, InputColumnName) = (name, inputColumnName ?? name);
            (ColorsToExtract, OrderOfExtraction) = (colorsToExtract, orderOfExtraction);
            Planes = (byte)System.Numerics.BitOperations.PopCount((uint)(colorsToExtract & ColorBits.All));
            (InterleavePixelColors, OutputAsFloatArray) = (interleavePixelColors, outputAsFloatArray);
            // Bytes are given out as they are.
            (OffsetImage, ScaleImage) = outputAsFloatArray ? (offsetImage, scaleImage) : (Defaults.Offset, Defaults.Scale);
            Contracts.CheckParam(float.IsFinite(OffsetImage), nameof(offsetImage), "The offset must be a finite number.");
            Contracts.CheckParam(float.IsFinite(ScaleImage) && ScaleImage != 0, nameof(scaleImage), "The scale must be a finite number other than 0.");
        }

        public PrimitiveDataViewType ItemType => OutputAsFloatArray ? NumberDataViewType.Single : NumberDataViewType.Byte;
    }
}
