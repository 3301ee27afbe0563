using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>BMP of Windows and OS/2 1.x: palettes of 1, 4 and 8 bits, run lengths, 16, 24 and 32 bits a pixel with or without channel masks.</summary>
internal static class BmpDecoder
{
    public static DecodedImage Decode(ReadOnlySpan<byte> data)
    {
        BmpHeader header = BmpHeader.Read(data);
        ReadOnlySpan<byte> stored = data[header.PixelOffset..];
        bool runLength = header.Compression is BmpCompression.RunLength8 or BmpCompression.RunLength4;
        if (runLength)
        {
            BmpRunLength.CheckPossible(header, stored.Length);
        }
        else
        {
            // The last row may come without its padding.
            long needed = header.Stride * (header.Height - 1) + ((long)header.Width * header.BitsPerPixel + 7) / 8;
            if (stored.Length < needed)
                throw new InvalidDataException($"BMP: the file is truncated: the pixels take {needed} bytes, {stored.Length} are there.");
        }

        byte[] pixels = DecodedImage.AllocatePixels(header.Width, header.Height);
        Span<uint> target = MemoryMarshal.Cast<byte, uint>(pixels.AsSpan());
        if (runLength)
            BmpRunLength.Decode(stored, header, target);
        else
            for (int y = 0; y < header.Height; y++)
                ExpandRow(stored[(int)(y * header.Stride)..], header, target.Slice((header.TopDown ? y : header.Height - 1 - y) * header.Width, header.Width));
        return new DecodedImage(header.Width, header.Height, pixels, HasAlpha: header.Masks[3] != 0);
    }

    private static void ExpandRow(ReadOnlySpan<byte> row, BmpHeader header, Span<uint> target)
    {
        switch (header.BitsPerPixel)
        {
            case 24:
                for (int x = 0; x < target.Length; x++) target[x] = 0xFF000000 | (uint)row[3 * x + 2] << 16 | (uint)row[3 * x + 1] << 8 | row[3 * x];
                break;
            case 16:
                ExpandMasked(MemoryMarshal.Cast<byte, ushort>(row[..(2 * target.Length)]), header.Masks, target);
                break;
            case 32:
                ExpandMasked(MemoryMarshal.Cast<byte, uint>(row[..(4 * target.Length)]), header.Masks, target);
                break;
            default:
                int bits = header.BitsPerPixel, mask = (1 << bits) - 1;
                for (int x = 0; x < target.Length; x++)
                {
                    int bit = x * bits;
                    target[x] = Color(header, (row[bit >> 3] >> (8 - bits - (bit & 7))) & mask);
                }
                break;
        }
    }

    private static void ExpandMasked<T>(ReadOnlySpan<T> row, uint[] masks, Span<uint> target)
        where T : struct, IBinaryInteger<T>
    {
        for (int x = 0; x < target.Length; x++)
        {
            uint pixel = uint.CreateTruncating(row[x]);
            uint alpha = masks[3] == 0 ? 255 : Channel(pixel, masks[3]);
            target[x] = alpha << 24 | Channel(pixel, masks[0]) << 16 | Channel(pixel, masks[1]) << 8 | Channel(pixel, masks[2]);
        }
    }

    /// <summary>The masked bits stretched to 0..255; of more than eight bits the upper eight.</summary>
    private static uint Channel(uint pixel, uint mask)
    {
        if (mask == 0) return 0;
        int bits = BitOperations.PopCount(mask);
        uint value = (pixel & mask) >> BitOperations.TrailingZeroCount(mask);
        if (bits >= 8) return value >> (bits - 8);
        uint most = (1u << bits) - 1;
        return (value * 255 + most / 2) / most;
    }

    public static uint Color(BmpHeader header, int index) => index < header.Palette.Length
        ? header.Palette[index]
        : throw new InvalidDataException($"BMP: a pixel is palette entry {index}; the palette has {header.Palette.Length} entries.");
}
