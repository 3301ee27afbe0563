using System.Runtime.Intrinsics;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.MLNet.Images;

/// <summary>From four bytes a pixel to the three of <see cref="RgbImage"/>, turned and mirrored as an EXIF orientation says.</summary>
internal static class PixelLayout
{
    private const int Tile = 16; // pixels a side that are turned together, so that reads and writes stay in the cache

    /// <summary>Copies pixels into a rented image.</summary>
    /// <param name="rgba">R, G, B and a byte that is left out, rows without padding; the array may be longer.</param>
    /// <param name="width">Width of the source.</param>
    /// <param name="height">Height of the source.</param>
    /// <param name="orientation">EXIF orientation of the source, 1 (upright) to 8; from 5 on, width and height of the result are exchanged.</param>
    public static RgbImage ToRgb(ReadOnlySpan<byte> rgba, int width, int height, int orientation)
    {
        RgbImage image = orientation >= 5 ? RgbImage.Rent(height, width) : RgbImage.Rent(width, height);
        if (orientation <= 1) DropFourth(rgba[..(width * height * 4)], image.Pixels);
        else Turn(rgba, FindSteps(width, height, orientation), image);
        return image;
    }

    private static void DropFourth(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
        int from = 0, to = 0;
        // 16 bytes are written for 12, so the last pixels are left to the loop below.
        for (; from <= rgba.Length - 32; from += 16, to += 12) Vector128.Shuffle(Vector128.Create(rgba[from..]), order).CopyTo(rgb[to..]);
        for (; from < rgba.Length; from += 4, to += 3) (rgb[to], rgb[to + 1], rgb[to + 2]) = (rgba[from], rgba[from + 1], rgba[from + 2]);
    }

    /// <summary>The source pixel of the result's first one, and how far the next one to the right and the next one below are from it.</summary>
    private static (int Start, int Right, int Down) FindSteps(int width, int height, int orientation)
    {
        int lastColumn = width - 1, lastRow = (height - 1) * width;
        return orientation switch
        {
            2 => (lastColumn, -1, width),
            3 => (lastRow + lastColumn, -1, -width),
            4 => (lastRow, 1, -width),
            5 => (0, width, 1),
            6 => (lastRow, -width, 1),
            7 => (lastRow + lastColumn, -width, -1),
            8 => (lastColumn, width, -1),
            _ => (0, 1, width),
        };
    }

    private static void Turn(ReadOnlySpan<byte> rgba, (int Start, int Right, int Down) steps, RgbImage image)
    {
        Span<byte> rgb = image.Pixels;
        for (int top = 0; top < image.Height; top += Tile)
            for (int left = 0; left < image.Width; left += Tile)
            {
                int bottom = Math.Min(top + Tile, image.Height), right = Math.Min(left + Tile, image.Width);
                for (int y = top; y < bottom; y++)
                {
                    int from = steps.Start + y * steps.Down + left * steps.Right, to = (y * image.Width + left) * 3;
                    for (int x = left; x < right; x++, from += steps.Right, to += 3)
                        (rgb[to], rgb[to + 1], rgb[to + 2]) = (rgba[4 * from], rgba[4 * from + 1], rgba[4 * from + 2]);
                }
            }
    }
}
