using System.Buffers.Binary;
using System.IO.Compression;

namespace ConvNeXt.Tests;

/// <summary>Files that are not pictures, or not ones that a service should decode.</summary>
internal static class BadPictures
{
    /// <summary>A PNG of one color: a megapixel takes about a kilobyte.</summary>
    public static byte[] CreatePng(int width, int height)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2); // 8 bits, RGB
        WriteChunk(file, "IHDR"u8, header);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            byte[] row = new byte[1 + 3 * width];
            for (int y = 0; y < height; y++) zlib.Write(row);
        }
        WriteChunk(file, "IDAT"u8, compressed.ToArray());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(type);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~AddToCheck(AddToCheck(uint.MaxValue, type), content));
        file.Write(number);
    }

    // CRC-32, bit by bit.
    private static uint AddToCheck(uint check, ReadOnlySpan<byte> bytes)
    {
        foreach (byte each in bytes)
        {
            check ^= each;
            for (int bit = 0; bit < 8; bit++) check = (check >> 1) ^ (0xEDB88320 & (0 - (check & 1)));
        }
        return check;
    }
}
