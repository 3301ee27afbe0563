using System.Buffers;

namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// A decoded image: 8 bits per channel, interleaved R, G, B, rows from top to bottom without padding. Disposing a rented image returns its memory; for other
/// images it does nothing.
/// </summary>
public sealed class RgbImage : IDisposable
{
    private bool _rented;

    /// <summary>Wraps pixels without copying them.</summary>
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
            throw new ArgumentException($"{width} x {height} RGB pixels take {(long)width * height * 3} bytes, but got {pixels.LongLength}.", nameof(pixels));
        (Width, Height, Pixels) = (width, height, pixels);
    }

    private RgbImage(int width, int height) =>
        (Width, Height, Pixels, _rented) = (width, height, ArrayPool<byte>.Shared.Rent(checked(width * height * 3)), true);

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The bytes, [Height, Width, 3]; the array of a rented image may be longer.</summary>
    public byte[] Pixels { get; private set; }

    /// <summary>
    /// Rents an image from a shared pool; its contents are undefined. Photos are large, and those of a batch live for milliseconds: pooling avoids garbage
    /// collections.
    /// </summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    public static RgbImage Rent(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return new RgbImage(width, height);
    }

    /// <summary>Returns rented memory. The image must not be used afterward.</summary>
    public void Dispose()
    {
        if (!_rented) return;
        _rented = false;
        byte[] pixels = Pixels;
        Pixels = [];
        ArrayPool<byte>.Shared.Return(pixels);
    }
}

/// <summary>One value for each color channel, where 1 is the full intensity.</summary>
/// <param name="Red">Value of the red channel.</param>
/// <param name="Green">Value of the green channel.</param>
/// <param name="Blue">Value of the blue channel.</param>
public readonly record struct RgbTriple(float Red, float Green, float Blue)
{
    /// <summary>Mean of ImageNet's pixels, used to train the official models.</summary>
    public static RgbTriple ImageNetMean { get; } = new(0.485f, 0.456f, 0.406f);

    /// <summary>Standard deviation of ImageNet's pixels, used to train the official models.</summary>
    public static RgbTriple ImageNetStandardDeviation { get; } = new(0.229f, 0.224f, 0.225f);
}
