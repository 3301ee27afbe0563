using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Image;

/// <summary>
/// Scales pixels of four bytes: to the nearest one, or by the cubic filter of Mitchell and Netravali with B = C = 1/3, which the official class uses.
/// </summary>
internal static class ImageResizer
{
    /// <summary>Where the scaled image lies in the new one; it may stick out (cropping) or leave room (padding).</summary>
    internal readonly record struct Placement(int X, int Y, int Width, int Height);

    /// <summary>Each new pixel is the old one under its centre.</summary>
    public static byte[] Nearest(ReadOnlySpan<byte> pixels, int width, int height, int newWidth, int newHeight)
    {
        var result = new byte[newWidth * newHeight * 4];
        for (int y = 0, to = 0; y < newHeight; y++)
        {
            int row = Under(y, height, newHeight) * width;
            for (int x = 0; x < newWidth; x++, to += 4)
                pixels.Slice((row + Under(x, width, newWidth)) * 4, 4).CopyTo(result.AsSpan(to));
        }
        return result;
    }

    /// <summary>Keeps the aspect ratio: the largest size that fits (padding) or the smallest that covers (cropping), in whole pixels rounded down.</summary>
    public static Placement Place(int width, int height, int newWidth, int newHeight, ImageResizeMode mode)
    {
        float scaleX = (float)newWidth / width, scaleY = (float)newHeight / height;
        bool pad = mode == ImageResizeMode.Pad, wide = scaleY < scaleX;
        float scale = wide == pad ? scaleY : scaleX;
        float roomX = newWidth - width * scale, roomY = newHeight - height * scale;
        int x = 0, y = 0;
        if (wide == pad)
            x = (int)Anchored(roomX, mode, ImageResizeMode.CropAnchorLeft, ImageResizeMode.CropAnchorRight);
        else
            y = (int)Anchored(roomY, mode, ImageResizeMode.CropAnchorTop, ImageResizeMode.CropAnchorBottom);
        return new Placement(x, y, (int)(width * scale), (int)(height * scale));
    }

    /// <summary>Scales into the placement; pixels outside it are zeros, those inside have alpha 255.</summary>
    public static byte[] Cubic(ReadOnlySpan<byte> pixels, int width, int height, int newWidth, int newHeight, Placement place)
    {
        var result = new byte[newWidth * newHeight * 4];
        int firstX = Math.Max(0, place.X), endX = Math.Min(newWidth, place.X + place.Width);
        int firstY = Math.Max(0, place.Y), endY = Math.Min(newHeight, place.Y + place.Height);
        if (firstX >= endX) return result;

        // A new row comes from four old ones, which neighbouring new rows share: the last four that were scaled across are kept.
        (int Index, float[] Row)[] scaled = [.. Enumerable.Range(0, 4).Select(_ => (-1, new float[(endX - firstX) * 3]))];
        Taps[] across = [.. Enumerable.Range(firstX, endX - firstX).Select(x => Taps.At(x - place.X, place.Width, width))];
        for (int y = firstY; y < endY; y++)
        {
            Taps down = Taps.At(y - place.Y, place.Height, height);
            for (int tap = 0; tap < 4; tap++)
            {
                int row = down.Position(tap, height);
                if (scaled[row & 3].Index == row) continue;
                ScaleAcross(pixels.Slice(row * width * 4, width * 4), width, across, scaled[row & 3].Row);
                scaled[row & 3].Index = row;
            }
            float[] a = scaled[down.Position(0, height) & 3].Row, b = scaled[down.Position(1, height) & 3].Row;
            float[] c = scaled[down.Position(2, height) & 3].Row, d = scaled[down.Position(3, height) & 3].Row;
            Span<byte> target = result.AsSpan((y * newWidth + firstX) * 4);
            for (int from = 0, to = 0; from < a.Length; to += 4)
            {
                for (int channel = 0; channel < 3; channel++, from++)
                    target[to + channel] = (byte)(Math.Clamp(a[from] * down.A + b[from] * down.B + c[from] * down.C + d[from] * down.D, 0f, 255f) + 0.5f);
                target[to + 3] = 255;
            }
        }
        return result;
    }

    private static int Under(int position, int size, int newSize) => (int)((2L * position + 1) * size / (2L * newSize));

    private static float Anchored(float room, ImageResizeMode mode, ImageResizeMode start, ImageResizeMode end) =>
        mode == start ? 0 : mode == end ? room : room / 2;

    private static void ScaleAcross(ReadOnlySpan<byte> row, int width, Taps[] across, float[] scaled)
    {
        for (int x = 0, to = 0; x < across.Length; x++)
        {
            Taps taps = across[x];
            int a = 4 * taps.Position(0, width), b = 4 * taps.Position(1, width), c = 4 * taps.Position(2, width), d = 4 * taps.Position(3, width);
            for (int channel = 0; channel < 3; channel++)
                scaled[to++] = row[a + channel] * taps.A + row[b + channel] * taps.B + row[c + channel] * taps.C + row[d + channel] * taps.D;
        }
    }

    /// <summary>The four old positions around a new one, and their weights.</summary>
    private readonly record struct Taps(int First, float A, float B, float C, float D)
    {
        public static Taps At(int position, int newSize, int size)
        {
            float centre = (position + 0.5f) * size / newSize - 0.5f;
            float floor = MathF.Floor(centre), t = centre - floor;
            return new Taps((int)floor - 1, Outer(1 + t), Inner(t), Inner(1 - t), Outer(2 - t));
        }

        // Beyond the edge the edge's pixel counts.
        public int Position(int tap, int size) => Math.Clamp(First + tap, 0, size - 1);

        // Mitchell and Netravali 1988, equation 8, B = C = 1/3, for distances below 1 and below 2.
        private static float Inner(float x) => (7 * x * x * x - 12 * x * x + 16f / 3) / 6;

        private static float Outer(float x) => (-7f / 3 * x * x * x + 12 * x * x - 20 * x + 32f / 3) / 6;
    }
}
