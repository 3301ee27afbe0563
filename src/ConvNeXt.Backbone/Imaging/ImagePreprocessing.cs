using System.Buffers;

namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// How an image is converted to network input for scoring, as plain data that is stored with a model. The rules are those of the official datasets.py: below
/// 384 pixels, the shorter side is resized and the center cropped; from 384 on, the image is squashed.
/// </summary>
public sealed record ImagePreprocessing
{
    /// <summary>Below this size the official rule crops; from this size on, it squashes.</summary>
    public const int SquashFrom = 384;

    /// <summary>Width and height of the result in pixels, from 32 to 4096.</summary>
    public required int Size { get; init; }

    /// <summary>How the image is made square.</summary>
    public ResizeMode ResizeMode { get; init; } = ResizeMode.ShorterSideThenCenterCrop;

    /// <summary>Share of the resized shorter side that is kept, from 0.1 to 1; officially 224/256. Not used for squashing.</summary>
    public double CropRatio { get; init; } = 224.0 / 256.0;

    /// <summary>The resampling kernel; officially bicubic.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bicubic;

    /// <summary>Mean to subtract from the pixels, which are in [0, 1].</summary>
    public RgbTriple Mean { get; init; } = RgbTriple.ImageNetMean;

    /// <summary>Standard deviation to divide by after the mean is subtracted.</summary>
    public RgbTriple StandardDeviation { get; init; } = RgbTriple.ImageNetStandardDeviation;

    /// <summary>Number of floats of one image in NHWC layout: Size * Size * 3.</summary>
    public int Length => Size * Size * 3;

    /// <summary>Length of the shorter side in pixels before the crop: 256 for 224 pixels by the official rule. Not used for squashing.</summary>
    internal int ResizedSide => (int)(Size / CropRatio);

    /// <summary>Creates the official preprocessing for an input size.</summary>
    /// <param name="size">Width and height in pixels, from 32 to 4096.</param>
    public static ImagePreprocessing ForSize(int size) => new()
    {
        Size = size,
        ResizeMode = size >= SquashFrom ? ResizeMode.Squash : ResizeMode.ShorterSideThenCenterCrop,
    };

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message says which one and what is allowed.</exception>
    public void Validate()
    {
        Check.InRange(Size, 32, 4096, nameof(Size));
        Check.InRange(CropRatio, 0.1, 1, nameof(CropRatio));
        Check.Defined(ResizeMode, nameof(ResizeMode));
        Check.Defined(Interpolation, nameof(Interpolation));
        Check.Holds(StandardDeviation is { Red: > 0, Green: > 0, Blue: > 0 }, StandardDeviation, nameof(StandardDeviation), "above 0 in each channel");
    }

    /// <summary>Resizes and crops an image; returns the 8-bit image before normalization.</summary>
    /// <param name="image">The decoded image.</param>
    /// <exception cref="UnreadableImageException">The image is too long and narrow, or too large, to be resized.</exception>
    public RgbImage ResizeAndCrop(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte[] pixels = new byte[Length];
        ResizeAndCrop(image, pixels);
        return new RgbImage(Size, Size, pixels);
    }

    /// <summary>Resizes, crops and normalizes an image. Thread-safe.</summary>
    /// <param name="image">The decoded image.</param>
    /// <param name="destination">Receives [Size, Size, 3]; at least <see cref="Length"/> floats.</param>
    /// <exception cref="UnreadableImageException">The image is too long and narrow, or too large, to be resized.</exception>
    public void Apply(RgbImage image, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(Length);
        ResizeAndCrop(image, pixels);
        PixelNormalizer.Get(Mean, StandardDeviation).Convert(pixels.AsSpan(0, Length), destination);
        ArrayPool<byte>.Shared.Return(pixels);
    }

    /// <summary>Resizes and crops without normalizing: what a network that was exported as ONNX reads. Safe to call from several threads at once.</summary>
    /// <param name="image">The decoded picture.</param>
    /// <param name="destination">Receives the planes R, G, B, [3, Size, Size], with values from 0 to 255; at least <see cref="Length"/> floats.</param>
    internal void ToPlanes(RgbImage image, Span<float> destination)
    {
        byte[] pixels = ArrayPool<byte>.Shared.Rent(Length);
        ResizeAndCrop(image, pixels);
        int plane = Size * Size;
        Span<float> red = destination[..plane], green = destination.Slice(plane, plane), blue = destination.Slice(2 * plane, plane);
        for (int i = 0, at = 0; i < plane; i++, at += 3) (red[i], green[i], blue[i]) = (pixels[at], pixels[at + 1], pixels[at + 2]);
        ArrayPool<byte>.Shared.Return(pixels);
    }

    internal void ResizeAndCrop(RgbImage image, Span<byte> pixels)
    {
        var (width, height) = (Size, Size);
        if (ResizeMode == ResizeMode.ShorterSideThenCenterCrop)
        {
            int shorter = ResizedSide;
            (width, height) = image.Width <= image.Height
                ? (shorter, ScaleLonger(image.Height, image.Width))
                : (ScaleLonger(image.Width, image.Height), shorter);
        }
        var window = new PixelArea(Centre(width), Centre(height), Size, Size);
        ImageResizer.Resize(image, PixelArea.Of(image), width, height, window, Interpolation, pixels);
    }

    private int ScaleLonger(int longer, int shorter)
    {
        long scaled = (long)ResizedSide * longer / shorter;
        return scaled <= int.MaxValue / 2
            ? (int)scaled
            : throw new UnreadableImageException($"An image with sides of {longer} and {shorter} pixels is too long and narrow to be resized.");
    }

    /// <summary>Start of a centered crop; halves are rounded to even as in Python.</summary>
    private int Centre(int length) => (int)Math.Round((length - Size) / 2.0, MidpointRounding.ToEven);
}

/// <summary>How pixels are interpolated when an image is resized; both kinds are antialiased when shrinking, as in Pillow.</summary>
public enum Interpolation
{
    /// <summary>Triangle kernel, support 1.</summary>
    Bilinear,

    /// <summary>Cubic convolution with a = -0.5, support 2; ConvNeXt was trained and tested with it.</summary>
    Bicubic,
}

/// <summary>How an image of any aspect ratio is made square.</summary>
public enum ResizeMode
{
    /// <summary>Resizes the shorter side to size / crop ratio, then crops the center.</summary>
    ShorterSideThenCenterCrop,

    /// <summary>Resizes both sides to the size, ignoring the aspect ratio.</summary>
    Squash,
}
