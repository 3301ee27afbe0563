using System.Buffers;

namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// How a picture becomes the network's input when it is scored, as plain data that is stored with a model. The rules are those of the official
/// datasets.py: below 384 pixels the shorter side is resized and the centre cut out, from 384 on the image is squashed.
/// </summary>
public sealed record ImagePreprocessing
{
    /// <summary>Below this size the official rule crops, from it on it squashes.</summary>
    public const int SquashFrom = 384;

    /// <summary>Width and height of the result in pixels, at least 32.</summary>
    public required int Size { get; init; }

    /// <summary>How the square comes about.</summary>
    public ResizeMode ResizeMode { get; init; } = ResizeMode.ShorterSideThenCenterCrop;

    /// <summary>Share of the resized shorter side that is kept, in (0, 1]; officially 224/256. Not used when squashing.</summary>
    public double CropRatio { get; init; } = 224.0 / 256.0;

    /// <summary>The resampling kernel; officially bicubic.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bicubic;

    /// <summary>Subtracted from the pixels, which are in [0, 1].</summary>
    public RgbTriple Mean { get; init; } = RgbTriple.ImageNetMean;

    /// <summary>Divides the pixels after the mean is subtracted.</summary>
    public RgbTriple StandardDeviation { get; init; } = RgbTriple.ImageNetStandardDeviation;

    /// <summary>Floats of one image in NHWC: Size * Size * 3.</summary>
    public int Length => Size * Size * 3;

    /// <summary>Pixels of the shorter side before the crop: 256 for 224 pixels by the official rule. Not used when squashing.</summary>
    internal int ResizedSide => (int)(Size / CropRatio);

    /// <summary>The official rule for this input size.</summary>
    /// <param name="size">Width and height in pixels, at least 32.</param>
    public static ImagePreprocessing ForSize(int size) => new()
    {
        Size = size,
        ResizeMode = size >= SquashFrom ? ResizeMode.Squash : ResizeMode.ShorterSideThenCenterCrop,
    };

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range; the message says which and what is possible.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Size, 32, nameof(Size));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Size, 4096, nameof(Size));
        if (!(CropRatio is >= 0.1 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(CropRatio), CropRatio, "The crop ratio has to be from 0.1 to 1.");
        if (!Enum.IsDefined(ResizeMode)) throw new ArgumentOutOfRangeException(nameof(ResizeMode), ResizeMode, "This resize mode is unknown.");
        if (!Enum.IsDefined(Interpolation)) throw new ArgumentOutOfRangeException(nameof(Interpolation), Interpolation, "This interpolation is unknown.");
        if (!(StandardDeviation is { Red: > 0, Green: > 0, Blue: > 0 }))
            throw new ArgumentOutOfRangeException(nameof(StandardDeviation), StandardDeviation, "The standard deviation of each channel has to be above 0.");
    }

    /// <summary>Resizes and crops; the 8-bit picture that is then normalised.</summary>
    /// <param name="image">The decoded picture.</param>
    public RgbImage ResizeAndCrop(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte[] pixels = new byte[Length];
        ResizeAndCrop(image, pixels);
        return new RgbImage(Size, Size, pixels);
    }

    /// <summary>Resizes, crops and normalises. Safe to call from several threads at once.</summary>
    /// <param name="image">The decoded picture.</param>
    /// <param name="destination">Receives [Size, Size, 3]; at least <see cref="Length"/> floats.</param>
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
                ? (shorter, (int)((long)shorter * image.Height / image.Width))
                : ((int)((long)shorter * image.Width / image.Height), shorter);
        }
        var window = new PixelArea(Centre(width), Centre(height), Size, Size);
        ImageResizer.Resize(image, PixelArea.Of(image), width, height, window, Interpolation, pixels);
    }

    /// <summary>Where a centred crop begins; halves are rounded to even as Python does.</summary>
    private int Centre(int length) => (int)Math.Round((length - Size) / 2.0, MidpointRounding.ToEven);
}

/// <summary>How pixels are interpolated when an image is resized; both are antialiased when shrinking, as Pillow does.</summary>
public enum Interpolation
{
    /// <summary>Triangle kernel, support 1.</summary>
    Bilinear,

    /// <summary>Cubic convolution with a = -0.5, support 2; what ConvNeXt was trained and tested with.</summary>
    Bicubic,
}

/// <summary>How an image of any shape becomes a square.</summary>
public enum ResizeMode
{
    /// <summary>The shorter side is resized to size / crop ratio, then the centre is cut out.</summary>
    ShorterSideThenCenterCrop,

    /// <summary>Both sides are resized to the size, whatever the aspect ratio.</summary>
    Squash,
}
