using System.Buffers.Binary;

namespace Compat.Tests.Images;

/// <summary>BMP files put together field by field.</summary>
internal static class TestBmp
{
    /// <summary>A file with the 40-byte header, or with 108 bytes where there is an alpha mask.</summary>
    public static byte[] File(int width, int height, int bits, byte[] pixels, uint compression = 0, uint[]? palette = null, uint[]? masks = null)
    {
        palette ??= [];
        masks ??= [];
        int headerBytes = masks.Length == 4 ? 108 : 40;
        int behind = masks.Length == 3 ? 12 : 0, offset = 14 + headerBytes + behind + 4 * palette.Length;
        var file = new byte[offset + pixels.Length];
        "BM"u8.CopyTo(file);
        Put(file, 2, (uint)file.Length);
        Put(file, 10, (uint)offset);
        Put(file, 14, (uint)headerBytes);
        Put(file, 18, (uint)width);
        Put(file, 22, (uint)height);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(28), (ushort)bits);
        Put(file, 30, compression);
        Put(file, 46, (uint)palette.Length);
        for (int i = 0; i < masks.Length; i++) Put(file, 54 + 4 * i, masks[i]);
        for (int i = 0; i < palette.Length; i++) Put(file, 14 + headerBytes + behind + 4 * i, palette[i]);
        pixels.CopyTo(file, offset);
        return file;
    }

    /// <summary>A file with the 12-byte header of OS/2 and a palette of three bytes an entry.</summary>
    public static byte[] CoreFile(int width, int height, int bits, byte[] palette, byte[] pixels)
    {
        int offset = 26 + palette.Length;
        var file = new byte[offset + pixels.Length];
        "BM"u8.CopyTo(file);
        Put(file, 10, (uint)offset);
        Put(file, 14, 12);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), (ushort)width);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(20), (ushort)height);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(22), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(24), (ushort)bits);
        palette.CopyTo(file, 26);
        pixels.CopyTo(file, offset);
        return file;
    }

    private static void Put(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
}
