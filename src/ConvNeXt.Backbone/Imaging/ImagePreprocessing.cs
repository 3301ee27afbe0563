using System.Buffers;
using System.Text.Json.Serialization;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// How an image is converted to network input for scoring, as plain data that is stored with a model. The rules are those of the official datasets.py: below
/// 384 pixels, the shorter side is resized and the center cropped; from 384 on, the image is squashed.
/// </summary>
public sealed record ImagePreprocessing
{
    /// <summary>Below this size the official rule crops; from this size on, it squashes.</summary>
    public const int SquashFrom = 384;

    internal const int LeastSize = 32;

    private const int Channels = 3, LargestSize = 4096;

    private readonly int? _width;

    /// <summary>Height of the result in pixels, and its width unless <see cref="Width"/> is set, from 32 to 4096.</summary>
    public required int Size { get; init; }

    /// <summary>
    /// Width of the result in pixels, from 32 to 4096; <see cref="Size"/>, a square, unless it is set. A rectangle suits images that are all wide or all tall:
    /// of those, a square shows only the center, or squashes them.
    /// </summary>
    [JsonIgnore]
    public int Width
    {
        get => _width ?? Size;
        init => _width = value;
    }

    /// <summary>Height of the result in pixels: <see cref="Size"/>.</summary>
    [JsonIgnore]
    public int Height => Size;

    /// <summary>Whether height and width are the same.</summary>
    [JsonIgnore]
    public bool IsSquare => Width == Height;

    /// <summary>How an image of another shape is made to fit.</summary>
    public ResizeMode ResizeMode { get; init; } = ResizeMode.ShorterSideThenCenterCrop;

    /// <summary>
    /// Share of the resized shorter side that is kept, from 0.1 to 1; officially 224/256. For a rectangle, of both sides. Not used for squashing.
    /// </summary>
    public double CropRatio { get; init; } = 224.0 / 256.0;

    /// <summary>The resampling kernel; officially bicubic.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bicubic;

    /// <summary>Mean to subtract from the pixels, which are in [0, 1].</summary>
    public RgbTriple Mean { get; init; } = RgbTriple.ImageNetMean;

    /// <summary>Standard deviation to divide by after the mean is subtracted.</summary>
    public RgbTriple StandardDeviation { get; init; } = RgbTriple.ImageNetStandardDeviation;

    /// <summary>Number of floats of one image in NHWC layout: Height * Width * 3.</summary>
    public int Length => Height * Width * Channels;

    /// <summary>The height that a resized image has at least before the crop: 256 for 224 pixels by the official rule. Not used for squashing.</summary>
    internal int ResizedHeight => (int)(Height / CropRatio);

    /// <summary>The width that a resized image has at least before the crop.</summary>
    internal int ResizedWidth => (int)(Width / CropRatio);

    /// <summary>What is stored as the width: nothing for a square, so that its JSON is that of versions without rectangles.</summary>
    [JsonInclude]
    [JsonPropertyName(nameof(Width))]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal int? StoredWidth
    {
        get => IsSquare ? null : Width;
        init => _width = value;
    }

    /// <summary>Creates the official preprocessing for an input size.</summary>
    /// <param name="size">Width and height in pixels, from 32 to 4096.</param>
    public static ImagePreprocessing ForSize(int size) => new()
    {
        Size = size,
        ResizeMode = size >= SquashFrom ? ResizeMode.Squash : ResizeMode.ShorterSideThenCenterCrop,
    };

    /// <summary>Creates preprocessing for a rectangle; the official rule decides by the shorter side whether images are cropped or squashed.</summary>
    /// <param name="height">Height in pixels, from 32 to 4096.</param>
    /// <param name="width">Width in pixels, from 32 to 4096. If it is the height, the result is that for a square.</param>
    public static ImagePreprocessing ForSize(int height, int width) =>
        height == width ? ForSize(height) : ForSize(Math.Min(height, width)) with { Size = height, Width = width };

    /// <summary>Returns the same preprocessing for another height and width.</summary>
    internal ImagePreprocessing WithSize(int height, int width) => this with { Size = height, StoredWidth = height == width ? null : width };

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message says which one and what is allowed.</exception>
    public void Validate()
    {
        Check.InRange(Size, LeastSize, LargestSize, nameof(Size));
        Check.InRange(Width, LeastSize, LargestSize, nameof(Width));
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
        return new RgbImage(Width, Height, pixels);
    }

    /// <summary>Resizes, crops and normalizes an image. Thread-safe.</summary>
    /// <param name="image">The decoded image.</param>
    /// <param name="destination">Receives [Height, Width, 3]; at least <see cref="Length"/> floats.</param>
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
    /// <param name="destination">Receives the planes R, G, B, [3, Height, Width], with values from 0 to 255; at least <see cref="Length"/> floats.</param>
    internal void ToPlanes(RgbImage image, Span<float> destination)
    {
        byte[] pixels = ArrayPool<byte>.Shared.Rent(Length);
        ResizeAndCrop(image, pixels);
        int plane = Height * Width;
        Span<float> red = destination[..plane], green = destination.Slice(plane, plane), blue = destination.Slice(2 * plane, plane);
        for (int i = 0, at = 0; i < plane; i++, at += 3) (red[i], green[i], blue[i]) = (pixels[at], pixels[at + 1], pixels[at + 2]);
        ArrayPool<byte>.Shared.Return(pixels);
    }

    internal void ResizeAndCrop(RgbImage image, Span<byte> pixels)
    {
        var (width, height) = ResizeMode == ResizeMode.Squash ? (Width, Height) : FindResizedSize(image.Width, image.Height);
        var window = new PixelArea(CenterOf(width, Width), CenterOf(height, Height), Width, Height);
        ImageResizer.Resize(image, PixelArea.Of(image), width, height, window, Interpolation, pixels);
    }

    /// <summary>
    /// The share of an image's area that is lost because the image has another shape than the network's input, from 0 to 1: 2/3 for a picture of 3:1 and a
    /// square. The border that <see cref="CropRatio"/> takes from every image is not counted, and squashing hides nothing.
    /// </summary>
    internal double FindHiddenShare(int width, int height)
    {
        if (ResizeMode == ResizeMode.Squash) return 0;
        double image = (double)width / height, input = (double)Width / Height;
        return 1 - Math.Min(image, input) / Math.Max(image, input);
    }

    /// <summary>The part of an image that is left after the crop, in shares of the image's width and height: left and top edge, width and height.</summary>
    internal (double Left, double Top, double Width, double Height) FindVisibleArea(int width, int height)
    {
        if (ResizeMode == ResizeMode.Squash) return (0, 0, 1, 1);
        var (resizedWidth, resizedHeight) = FindResizedSize(width, height);
        return (
            (double)CenterOf(resizedWidth, Width) / resizedWidth, (double)CenterOf(resizedHeight, Height) / resizedHeight,
            (double)Width / resizedWidth, (double)Height / resizedHeight);
    }

    /// <summary>The smallest size of the image's own shape that covers what is cropped from.</summary>
    private (int Width, int Height) FindResizedSize(int width, int height) =>
        (Math.Max(ResizedWidth, Scale(width, ResizedHeight, height)), Math.Max(ResizedHeight, Scale(height, ResizedWidth, width)));

    private static int Scale(int side, int resizedOther, int other)
    {
        long scaled = (long)resizedOther * side / other;
        return scaled <= int.MaxValue / 2
            ? (int)scaled
            : throw new UnreadableImageException(Invariant($"An image with sides of {side} and {other} pixels is too long and narrow to be resized."));
    }

    /// <summary>Start of a centered crop; halves are rounded to even as in Python.</summary>
    private static int CenterOf(int length, int cropped) => (int)Math.Round((length - cropped) / 2.0, MidpointRounding.ToEven);
}

/// <summary>How pixels are interpolated when an image is resized; both kinds are antialiased when shrinking, as in Pillow.</summary>
public enum Interpolation
{
    /// <summary>Triangle kernel, support 1.</summary>
    Bilinear,

    /// <summary>Cubic convolution with a = -0.5, support 2; ConvNeXt was trained and tested with it.</summary>
    Bicubic,
}

/// <summary>How an image of any aspect ratio is made to fit the network's input.</summary>
public enum ResizeMode
{
    /// <summary>Resizes the shorter side to size / crop ratio, then crops the center. For a rectangle, until both sides are at least that long.</summary>
    ShorterSideThenCenterCrop,

    /// <summary>Resizes both sides to the size, ignoring the aspect ratio.</summary>
    Squash,
}
