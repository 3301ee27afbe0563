using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Image;

public sealed class ImageResizingEstimator : TrivialEstimator<ImageResizingTransformer>
{
    internal ImageResizingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ImageResizingEstimator)), new ImageResizingTransformer(env, columns))
    {
    }

    public enum ResizingKind : byte
    {
        IsoPad = 0,
        IsoCrop = 1,
        Fill = 2,
    }

    public enum Anchor : byte
    {
        Right = 0,
        Left = 1,
        Top = 2,
        Bottom = 3,
        Center = 4,
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        ImageSchemaShape.Propagate(Host, inputSchema, Transformer.Columns.Select(column => (column.Name, column.InputColumnName)),
            new ImageDataViewType(), (output, _) =>
            new SchemaShape.Column(output, SchemaShape.Column.VectorKind.Scalar, Transformer.Columns.Last(column => column.Name == output).Type, false));

    internal sealed class ColumnOptions
    {
        public readonly string Name;
        public readonly string InputColumnName;
        public readonly int ImageWidth;
        public readonly int ImageHeight;
        public readonly ResizingKind Resizing;
        public readonly Anchor Anchor;
        public readonly DataViewType Type;

        public ColumnOptions(string name, int imageWidth, int imageHeight, string? inputColumnName = null,
            ResizingKind resizing = ResizingKind.IsoCrop, Anchor anchor = Anchor.Center)
        {
            Contracts.CheckNonEmpty(name, nameof(name));
            Contracts.CheckUserArg(imageWidth > 0, nameof(imageWidth), "The width must be positive.");
            Contracts.CheckUserArg(imageHeight > 0, nameof(imageHeight), "The height must be positive.");
            Contracts.CheckUserArg(Enum.IsDefined(resizing), nameof(resizing), "There is no such kind of resizing.");
            Contracts.CheckUserArg(Enum.IsDefined(anchor), nameof(anchor), "There is no such anchor.");
            (Name, InputColumnName) = (name, inputColumnName ?? name);
            (ImageWidth, ImageHeight, Resizing, Anchor) = (imageWidth, imageHeight, resizing, anchor);
            Type = new ImageDataViewType(imageHeight, imageWidth);
        }

        public ImageResizeMode Mode => Resizing switch
        {
            ResizingKind.IsoPad => ImageResizeMode.Pad,
            ResizingKind.Fill => ImageResizeMode.Fill,
            _ => Anchor switch
            {
                Anchor.Top => ImageResizeMode.CropAnchorTop,
                Anchor.Bottom => ImageResizeMode.CropAnchorBottom,
                Anchor.Left => ImageResizeMode.CropAnchorLeft,
                Anchor.Right => ImageResizeMode.CropAnchorRight,
                _ => ImageResizeMode.CropAnchorCentral,
            },
        };
    }
}
