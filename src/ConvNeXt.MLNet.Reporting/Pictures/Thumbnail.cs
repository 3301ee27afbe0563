using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Images;
using SkiaSharp;

namespace ConvNeXt.MLNet.Reporting.Pictures;

/// <summary>A small picture as a data URI.</summary>
/// <param name="Width">The width in pixels.</param>
/// <param name="Height">The height in pixels.</param>
/// <param name="Uri">The JPEG as a data URI.</param>
internal sealed record Thumbnail(int Width, int Height, string Uri)
{
    private const int LongerSide = 192, Quality = 72, BytesPerPixel = 4;

    /// <summary>Makes the thumbnail of a file; null if it cannot be read, or is too long and narrow.</summary>
    public static Thumbnail? Create(string path, ImageDecodingOptions decoding)
    {
        try
        {
            using RgbImage image = ImageDecoding.Decode(new ImageReference(path, null, null), decoding);
            double scale = Math.Min(1, (double)LongerSide / Math.Max(image.Width, image.Height));
            int width = Math.Max(1, (int)Math.Round(image.Width * scale)), height = Math.Max(1, (int)Math.Round(image.Height * scale));
            RgbImage small = ImageResizer.Resize(image, width, height, Interpolation.Bilinear);
            return new Thumbnail(width, height, "data:image/jpeg;base64," + Convert.ToBase64String(Encode(small)));
        }
        catch (UnreadableImageException)
        {
            return null;
        }
    }

    private static byte[] Encode(RgbImage image)
    {
        byte[] row = new byte[image.Width * BytesPerPixel];
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                image.Pixels.AsSpan(((y * image.Width) + x) * 3, 3).CopyTo(row.AsSpan(x * BytesPerPixel));
                row[(x * BytesPerPixel) + 3] = byte.MaxValue;
            }
            Marshal.Copy(row, 0, bitmap.GetPixels() + (y * bitmap.RowBytes), row.Length);
        }
        using SKData jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return jpeg.ToArray();
    }
}

/// <summary>The pictures of a page: thumbnails by file, and heat maps of some.</summary>
/// <param name="Thumbnails">By path.</param>
/// <param name="Heat">By path.</param>
/// <param name="WorstMistakes">The number of mistakes to show.</param>
internal sealed record PagePictures(
    IReadOnlyDictionary<string, Thumbnail> Thumbnails, IReadOnlyDictionary<string, Evaluation.HeatMap> Heat, int WorstMistakes);
