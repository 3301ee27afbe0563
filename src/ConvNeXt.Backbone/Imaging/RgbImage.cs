using System.Buffers;

namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// A decoded picture: 8 bits a channel, interleaved R, G, B, rows top to bottom without padding. One that was rented gives its memory back when it is disposed;
/// for the others disposing does nothing.
/// </summary>
public sealed class RgbImage : IDisposable
{
    private bool _rented;

    /// <summary>Wraps pixels; nothing is copied.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="pixels">width * height * 3 bytes.</param>
    /// <exception cref="ArgumentException">The array's length is not width * height * 3.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != (long)width * height * 3)
            throw new ArgumentException($"{width} x {height} RGB pixels take {(long)width * height * 3} bytes, the array has {pixels.LongLength}.", nameof(pixels));
        (Width, Height, Pixels) = (width, height, pixels);
    }

    private RgbImage(int width, int height) =>
        (Width, Height, Pixels, _rented) = (width, height, ArrayPool<byte>.Shared.Rent(checked(width * height * 3)), true);

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The bytes, [Height, Width, 3]; the array of a rented picture is longer.</summary>
    public byte[] Pixels { get; private set; }

    /// <summary>
    /// A picture in memory from a shared pool, with whatever that holds. Photographs are large, and those of a batch live for milliseconds: pooled, they leave
    /// nothing to the garbage collector.
    /// </summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    public static RgbImage Rent(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return new RgbImage(width, height);
    }

    /// <summary>Gives rented memory back. The picture must not be used afterwards.</summary>
    public void Dispose()
    {
        if (!_rented) return;
        _rented = false;
        byte[] pixels = Pixels;
        Pixels = [];
        ArrayPool<byte>.Shared.Return(pixels);
    }
}

/// <summary>One number for each colour channel, in units where a full channel is 1.</summary>
/// <param name="Red">Of the red channel.</param>
/// <param name="Green">Of the green channel.</param>
/// <param name="Blue">Of the blue channel.</param>
public readonly record struct RgbTriple(float Red, float Green, float Blue)
{
    /// <summary>Mean of ImageNet's pixels, with which the official models were trained.</summary>
    public static RgbTriple ImageNetMean { get; } = new(0.485f, 0.456f, 0.406f);

    /// <summary>Standard deviation of ImageNet's pixels, with which the official models were trained.</summary>
    public static RgbTriple ImageNetStandardDeviation { get; } = new(0.229f, 0.224f, 0.225f);
}
