using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML.Transforms.Image.Decoding;

namespace Microsoft.ML.Transforms.Image.Encoding;

/// <summary>PNG with 8 bits a channel, with alpha only where some pixel is not opaque; each row as differences from the pixel to the left.</summary>
internal static class PngEncoder
{
    private const byte SubFilter = 1, BitDepth = 8;

    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, bool blueFirst)
    {
        bool alpha = HasAlpha(pixels);
        using var file = new MemoryStream();
        file.Write(PngFile.Signature);

        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = BitDepth;
        header[9] = (byte)(alpha ? PngColorType.Rgba : PngColorType.Rgb);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, Deflate(pixels, width, height, blueFirst, alpha ? 4 : 3));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Deflate(ReadOnlySpan<byte> pixels, int width, int height, bool blueFirst, int channels)
    {
        using var deflated = new MemoryStream();
        using (var deflater = new ZLibStream(deflated, CompressionLevel.Optimal, leaveOpen: true))
        {
            byte[] plain = new byte[width * channels], row = new byte[1 + plain.Length];
            row[0] = SubFilter;
            for (int y = 0; y < height; y++)
            {
                PackRow(pixels.Slice(y * width * 4, width * 4), plain, blueFirst, channels);
                for (int i = 0; i < plain.Length; i++) row[1 + i] = (byte)(plain[i] - (i < channels ? 0 : plain[i - channels]));
                deflater.Write(row);
            }
        }
        return deflated.ToArray();
    }

    // PNG keeps colours apart from alpha.
    private static void PackRow(ReadOnlySpan<byte> pixels, byte[] plain, bool blueFirst, int channels)
    {
        int red = blueFirst ? 2 : 0;
        for (int from = 0, to = 0; from < pixels.Length; from += 4, to += channels)
        {
            int alpha = pixels[from + 3];
            plain[to] = PixelMath.DivideAlphaOut(pixels[from + red], alpha);
            plain[to + 1] = PixelMath.DivideAlphaOut(pixels[from + 1], alpha);
            plain[to + 2] = PixelMath.DivideAlphaOut(pixels[from + 2 - red], alpha);
            if (channels == 4) plain[to + 3] = (byte)alpha;
        }
    }

    private static bool HasAlpha(ReadOnlySpan<byte> pixels)
    {
        for (int i = 3; i < pixels.Length; i += 4)
            if (pixels[i] != 255) return true;
        return false;
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(name);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Compute(data, Crc32.Compute(name)));
        file.Write(number);
    }
}
