using System.Runtime.InteropServices;
using SkiaSharp;

namespace ConvNeXt.MLNet.Evaluation;

/// <summary>Draws heat maps. Only members of SkiaSharp are used that 2.88, 3.119 and 4.155 have with the same signature.</summary>
internal static class HeatMapImage
{
    private const int BytesPerPixel = 4;

    /// <summary>The opacity of the hottest pixel: what is below stays visible.</summary>
    private const double Opacity = 0.72;

    /// <summary>Encodes a map as PNG, a pixel for each cell.</summary>
    public static byte[] Encode(HeatMap map)
    {
        byte[] pixels = new byte[map.Values.Length * BytesPerPixel];
        for (int i = 0; i < map.Values.Length; i++) Color(map.Values[i]).CopyTo(pixels, i * BytesPerPixel);
        using var bitmap = new SKBitmap(new SKImageInfo(map.Width, map.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int row = 0; row < map.Height; row++)
            Marshal.Copy(pixels, row * map.Width * BytesPerPixel, bitmap.GetPixels() + (row * bitmap.RowBytes), map.Width * BytesPerPixel);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    // Yellow to red; readers who do not tell the two see the opacity.
    private static byte[] Color(float value) =>
        [(byte)(255 - (30 * value)), (byte)(225 * (1 - value)), 0, (byte)(255 * Opacity * Math.Sqrt(Math.Max(0, value - 0.08)))];
}
