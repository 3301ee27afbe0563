using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Image;

public sealed class ImageDataViewType : StructuredDataViewType
{
    // The largest image whose pixels, four bytes each, an array can hold.
    internal const long MaxPixels = int.MaxValue / 4;

    // 0 where the size is not known.
    public readonly int Height;
    public readonly int Width;

    public ImageDataViewType(int height, int width)
        : base(typeof(MLImage))
    {
        Contracts.CheckParam(height > 0, nameof(height), "Must be positive.");
        Contracts.CheckParam(width > 0, nameof(width), "Must be positive.");
        Contracts.CheckParam((long)height * width <= MaxPixels, nameof(height),
            $"An image of {width} x {height} is too large; at most {MaxPixels} pixels are possible.");
        (Height, Width) = (height, width);
    }

    public ImageDataViewType()
        : base(typeof(MLImage))
    {
    }

    internal bool IsKnownSize => Height > 0 && Width > 0;

    public override bool Equals(DataViewType? other) => other is ImageDataViewType image && image.Height == Height && image.Width == Width;

    public override int GetHashCode() => HashCode.Combine(Height, Width);

    public override string ToString() => IsKnownSize ? $"Image<{Height}, {Width}>" : "Image";
}
