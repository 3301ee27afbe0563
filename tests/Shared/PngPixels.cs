using System.Buffers.Binary;
using System.IO.Compression;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Tests.Imaging;

/// <summary>Reads PNG files in the format of the golden files: 8-bit RGB, not interlaced.</summary>
internal static class PngPixels
{
    internal static RgbImage Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        using var compressed = new MemoryStream();
        int width = 0, height = 0;
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var content = file.AsSpan(at + 8, length);
            switch (System.Text.Encoding.ASCII.GetString(file, at + 4, 4))
            {
                case "IHDR":
                    (width, height) = (BinaryPrimitives.ReadInt32BigEndian(content), BinaryPrimitives.ReadInt32BigEndian(content[4..]));
                    if (content[8] != 8 || content[9] != 2 || content[12] != 0) throw new NotSupportedException(path);
                    break;
                case "IDAT":
                    compressed.Write(content);
                    break;
            }
            at += length + 12;
        }

        compressed.Position = 0;
        using var lines = new ZLibStream(compressed, CompressionMode.Decompress);
        int stride = width * 3;
        byte[] pixels = new byte[stride * height], above = new byte[stride];
        for (int y = 0; y < height; y++)
        {
            int filter = lines.ReadByte();
            var line = pixels.AsSpan(y * stride, stride);
            lines.ReadExactly(line);
            for (int i = 0; i < stride; i++)
            {
                int left = i >= 3 ? line[i - 3] : 0, up = above[i], corner = i >= 3 ? above[i - 3] : 0;
                line[i] += (byte)(filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => Paeth(left, up, corner), _ => 0 });
            }
            line.CopyTo(above);
        }
        return new RgbImage(width, height, pixels);
    }

    private static int Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - 2 * corner);
        if (toLeft <= toUp && toLeft <= toCorner) return left;
        return toUp <= toCorner ? up : corner;
    }
}
