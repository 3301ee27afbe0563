using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using SkiaSharp;

namespace ConvNeXt.MLNet.Robustness;

/// <summary>An image after it was stored as JPEG. Skia and Pillow both use libjpeg-turbo, with the color at half the resolution.</summary>
internal static class JpegCompression
{
    private static readonly ImageDecodingOptions _decoding = new();

    /// <summary>Stores and reads an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="quality">From 1 to 100.</param>
    /// <exception cref="InvalidOperationException">SkiaSharp cannot be used.</exception>
    public static RgbImage Apply(RgbImage image, int quality)
    {
        try
        {
            byte[] encoded = Encode(image, quality);
            using RgbImage decoded = ImageDecoding.Decode(new ImageReference(null, encoded, null), _decoding);
            return new RgbImage(decoded.Width, decoded.Height, decoded.Pixels[..(decoded.Width * decoded.Height * 3)]);
        }
        catch (Exception e) when (SkiaLibrary.IsAtFault(e))
        {
            throw SkiaLibrary.CannotDecode(e);
        }
    }

    // By itself, so that a method that SkiaSharp does not have is noticed where it is caught.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] Encode(RgbImage image, int quality)
    {
        byte[] rgba = new byte[image.Width * image.Height * 4];
        for (int from = 0, to = 0; to < rgba.Length; from += 3, to += 4)
            (rgba[to], rgba[to + 1], rgba[to + 2], rgba[to + 3]) = (image.Pixels[from], image.Pixels[from + 1], image.Pixels[from + 2], 255);
        using var pinned = new PinnedBytes(rgba);
        using SKImage copy = SKImage.FromPixelCopy(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), pinned.Address);
        using SKData data = copy.Encode(SKEncodedImageFormat.Jpeg, quality);
        return data.ToArray();
    }
}
