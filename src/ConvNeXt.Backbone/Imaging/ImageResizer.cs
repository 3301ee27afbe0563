using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// Resizes 8-bit RGB images, bit-identical to Pillow: two separable passes, horizontal first, each in 22-bit fixed point and rounded to 8 bits. Only the
/// requested window of the result is computed, from the source rows that it needs.
/// </summary>
internal static class ImageResizer
{
    private const int Channels = 3;
    private const int Half = 1 << (ResampleFilter.FractionBits - 1);

    /// <summary>Memory between the two passes: enough for 65,535 rows that become 4,096 pixels wide, the limits of images and of input sizes.</summary>
    private const int MaxNarrowedBytes = 65_535 * 4_096 * Channels;

    /// <summary>Resizes a whole image.</summary>
    /// <param name="image">The source.</param>
    /// <param name="width">Width of the result, at least 1.</param>
    /// <param name="height">Height of the result, at least 1.</param>
    /// <param name="interpolation">The kernel.</param>
    public static RgbImage Resize(RgbImage image, int width, int height, Interpolation interpolation)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Resize(image, PixelArea.Of(image), width, height, new PixelArea(0, 0, width, height), interpolation);
    }

    /// <summary>Crops an area of an image, resizes it as a separate image (without pixels from outside the area), and returns a window of the result.</summary>
    /// <param name="image">The source.</param>
    /// <param name="area">The area of the source to crop.</param>
    /// <param name="width">Width that the area is resized to, at least 1.</param>
    /// <param name="height">Height that the area is resized to, at least 1.</param>
    /// <param name="window">The part of the resized area to return.</param>
    /// <param name="interpolation">The kernel.</param>
    /// <exception cref="ArgumentException">An area is not within its image.</exception>
    public static RgbImage Resize(RgbImage image, PixelArea area, int width, int height, PixelArea window, Interpolation interpolation)
    {
        var result = new RgbImage(window.Width, window.Height, new byte[window.Width * window.Height * Channels]);
        Resize(image, area, width, height, window, interpolation, result.Pixels);
        return result;
    }

    /// <summary>Like the other overload, but writes to a buffer of at least window.Width * window.Height * 3 bytes.</summary>
    internal static void Resize(RgbImage image, PixelArea area, int width, int height, PixelArea window, Interpolation interpolation, Span<byte> result)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (!area.IsWithin(image.Width, image.Height))
            throw new ArgumentException($"{area} is not within the image of {image.Width} x {image.Height} pixels.", nameof(area));
        if (!window.IsWithin(width, height))
            throw new ArgumentException($"{window} is not within the resized {width} x {height} pixels.", nameof(window));

        using var vertical = new ResampleFilter(area.Height, height, window.Y, window.Height, interpolation);
        int firstRow = vertical.FirstSource, rows = vertical.EndSource - firstRow;
        long narrowedBytes = (long)rows * window.Width * Channels;
        if (narrowedBytes > MaxNarrowedBytes)
        {
            throw new UnreadableImageException(
                $"An image of {image.Width} x {image.Height} pixels cannot be resized to {width} x {height}: it takes {narrowedBytes} bytes on the way.");
        }
        byte[] narrowed = ArrayPool<byte>.Shared.Rent((int)narrowedBytes);
        byte[] line = ArrayPool<byte>.Shared.Rent(area.Width * Channels + sizeof(uint));
        try
        {
            using var horizontal = new ResampleFilter(area.Width, width, window.X, window.Width, interpolation);
            for (int row = 0; row < rows; row++)
            {
                var source = image.Pixels.AsSpan(((area.Y + firstRow + row) * image.Width + area.X) * Channels, area.Width * Channels);
                var target = narrowed.AsSpan(row * window.Width * Channels, window.Width * Channels);
                if (area.Width == width)
                    source.Slice(window.X * Channels, target.Length).CopyTo(target);
                else
                    ResizeLine(source, line, target, horizontal);
            }
            for (int row = 0; row < window.Height; row++)
            {
                var taps = narrowed.AsSpan((vertical.Start(row) - firstRow) * window.Width * Channels);
                MixRows(taps, vertical.Weights(row), result.Slice(row * window.Width * Channels, window.Width * Channels));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(narrowed);
            ArrayPool<byte>.Shared.Return(line);
        }
    }

    /// <summary>Horizontal pass of one row; the three channels of a pixel share a vector, whose fourth lane is unused.</summary>
    private static void ResizeLine(ReadOnlySpan<byte> source, byte[] padded, Span<byte> target, ResampleFilter filter)
    {
        source.CopyTo(padded); // four bytes are loaded for three channels, so the copy has room after its last pixel
        ref byte first = ref MemoryMarshal.GetArrayDataReference(padded);
        for (int x = 0; x < target.Length / Channels; x++)
        {
            ref byte pixel = ref Unsafe.Add(ref first, filter.Start(x) * Channels);
            var sum = Vector128.Create(Half);
            foreach (int weight in filter.Weights(x))
            {
                var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref pixel)).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32() * weight;
                pixel = ref Unsafe.Add(ref pixel, Channels);
            }
            var rounded = Clip(sum);
            target[x * Channels] = (byte)rounded.GetElement(0);
            target[x * Channels + 1] = (byte)rounded.GetElement(1);
            target[x * Channels + 2] = (byte)rounded.GetElement(2);
        }
    }

    /// <summary>Vertical pass of one output row: the weighted sum of consecutive rows, each as long as the target.</summary>
    private static void MixRows(ReadOnlySpan<byte> rows, ReadOnlySpan<int> weights, Span<byte> target)
    {
        int length = target.Length, done = 0;
        for (; done <= length - Vector128<byte>.Count; done += Vector128<byte>.Count)
        {
            Vector128<int> a = Vector128.Create(Half), b = a, c = a, d = a;
            for (int tap = 0; tap < weights.Length; tap++)
            {
                var (low, high) = Vector128.Widen(Vector128.Create(rows.Slice(tap * length + done, Vector128<byte>.Count)));
                var (first, second) = Vector128.Widen(low);
                var (third, fourth) = Vector128.Widen(high);
                int weight = weights[tap];
                a += first.AsInt32() * weight;
                b += second.AsInt32() * weight;
                c += third.AsInt32() * weight;
                d += fourth.AsInt32() * weight;
            }
            var lower = Vector128.Narrow(Clip(a), Clip(b)).AsUInt16();
            var upper = Vector128.Narrow(Clip(c), Clip(d)).AsUInt16();
            Vector128.Narrow(lower, upper).CopyTo(target[done..]);
        }
        for (; done < length; done++)
        {
            int sum = Half;
            for (int tap = 0; tap < weights.Length; tap++) sum += rows[tap * length + done] * weights[tap];
            target[done] = (byte)Math.Clamp(sum >> ResampleFilter.FractionBits, 0, 255);
        }
    }

    private static Vector128<int> Clip(Vector128<int> sum) =>
        Vector128.Max(Vector128.Min(sum >> ResampleFilter.FractionBits, Vector128.Create(255)), Vector128<int>.Zero);
}

/// <summary>A rectangle of pixels.</summary>
/// <param name="X">First column.</param>
/// <param name="Y">First row.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
internal readonly record struct PixelArea(int X, int Y, int Width, int Height)
{
    /// <summary>The area of a whole image.</summary>
    public static PixelArea Of(RgbImage image) => new(0, 0, image.Width, image.Height);

    /// <summary>Whether the whole area is within an image of this size.</summary>
    internal bool IsWithin(int width, int height) =>
        X >= 0 && Y >= 0 && Width >= 1 && Height >= 1 && Width <= width - X && Height <= height - Y;
}
