using System.Buffers;
using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images.Formats;
using SkiaSharp;

namespace ConvNeXt.MLNet.Images;

/// <summary>
/// Decodes with SkiaSharp's codec, from memory: the size is known before memory is taken for pixels, and an incomplete image is told from a whole one. Only
/// members are used that SkiaSharp 2.88, 3.119 and 4.155 have with the same signature; a test compares them.
/// </summary>
internal static class SkiaDecoder
{
    private const int BytesPerPixel = 4;

    /// <summary>Decodes an image into rented memory.</summary>
    /// <param name="encoded">The file.</param>
    /// <param name="length">Its length; the array may be longer.</param>
    /// <param name="options">Orientation and transparency.</param>
    /// <param name="preprocessing">How the image will be resized; null if it must have its full size.</param>
    /// <exception cref="UnreadableImageException">It cannot be decoded; the message is the end of a sentence.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static RgbImage Decode(byte[] encoded, int length, ImageDecodingOptions options, ImagePreprocessing? preprocessing)
    {
        using var file = new PinnedBytes(encoded);
        using SKData data = SKData.Create(file.Address, length);
        using SKCodec codec = SKCodec.Create(data) ?? throw new UnreadableImageException(ImageFormats.Explain(encoded.AsSpan(0, length)));
        SKImageInfo info = codec.Info;
        ImageLimits.Check(info.Width, info.Height);
        ReadOnlySpan<byte> content = encoded.AsSpan(0, length);
        int orientation = options.ApplyOrientation ? FindOrientation(codec, content) : 1;
        SKSizeI decoded = options.ReduceLargeJpegs && preprocessing is not null
            ? ReducedSize.Find(codec, preprocessing, isTurned: orientation >= 5)
            : new SKSizeI(info.Width, info.Height);
        int size = decoded.Width * decoded.Height * BytesPerPixel;
        byte[] pixels = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            ReadPixels(codec, decoded, pixels, options, content);
            if (info.AlphaType != SKAlphaType.Opaque) Transparency.Apply(pixels.AsSpan(0, size), options, content);
            return PixelLayout.ToRgb(pixels, decoded.Width, decoded.Height, orientation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <summary>Reads the size of an image, as it is after its orientation is applied, from its header.</summary>
    /// <param name="encoded">The file, or its beginning.</param>
    /// <param name="length">Its length; the array may be longer.</param>
    /// <param name="options">Whether the orientation is applied.</param>
    /// <returns>The size in pixels; null if the header is not there or not known.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static (int Width, int Height)? FindSize(byte[] encoded, int length, ImageDecodingOptions options)
    {
        using var file = new PinnedBytes(encoded);
        using SKData data = SKData.Create(file.Address, length);
        using SKCodec? codec = SKCodec.Create(data);
        if (codec is null) return null;
        SKImageInfo info = codec.Info;
        bool isTurned = options.ApplyOrientation && FindOrientation(codec, encoded.AsSpan(0, length)) >= 5;
        return isTurned ? (info.Height, info.Width) : (info.Width, info.Height);
    }

    private static void ReadPixels(SKCodec codec, SKSizeI size, byte[] pixels, ImageDecodingOptions options, ReadOnlySpan<byte> encoded)
    {
        SKImageInfo info = codec.Info;
        SKAlphaType alpha = info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : options.IsPremultiplied ? SKAlphaType.Premul : SKAlphaType.Unpremul;
        using var target = new PinnedBytes(pixels);
        SKCodecResult result = codec.GetPixels(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, alpha), target.Address);
        if (!IsWhole(codec, result, encoded)) throw new UnreadableImageException($"it is a truncated or damaged {Name(codec)} ({result})");
    }

    private static bool IsWhole(SKCodec codec, SKCodecResult result, ReadOnlySpan<byte> encoded)
    {
        bool success = result == SKCodecResult.Success;
        if (GifFirstFrame.TryFind(encoded, out GifFirstFrame frame)) return (success || result == SKCodecResult.IncompleteInput) && frame.HasAllPixels;
        return success && !IconDirectory.LacksLargerPicture(encoded, (long)codec.Info.Width * codec.Info.Height);
    }

    // Earlier versions of SkiaSharp do not look for the tag in PNG files.
    private static int FindOrientation(SKCodec codec, ReadOnlySpan<byte> encoded)
    {
        int orientation = (int)codec.EncodedOrigin;
        return orientation == 1 && codec.EncodedFormat == SKEncodedImageFormat.Png ? PngOrientation.Find(encoded) : orientation;
    }

    private static string Name(SKCodec codec) => codec.EncodedFormat switch
    {
        SKEncodedImageFormat.Webp => "WebP",
        var format => format.ToString().ToUpperInvariant(),
    };
}
