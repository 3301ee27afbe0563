using System.Buffers.Binary;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>How the pixels of a BMP file are stored.</summary>
internal enum BmpCompression : uint
{
    None = 0,
    RunLength8 = 1,
    RunLength4 = 2,
    BitFields = 3,
    AlphaBitFields = 6,
}

/// <summary>File header, information header (of OS/2 1.x, or of Windows in any of its lengths), channel masks and palette of a BMP file.</summary>
internal sealed class BmpHeader
{
    private const int FileHeaderBytes = 14, CoreHeaderBytes = 12, InfoHeaderBytes = 40;

    /// <summary>Masks of 16-bit pixels where the file has none: five bits a channel.</summary>
    private static readonly uint[] _masks555 = [0x7C00, 0x03E0, 0x001F, 0];

    private static readonly uint[] _masks888 = [0xFF0000, 0x00FF00, 0x0000FF, 0];

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Rows are stored top to bottom; most files do it the other way round.</summary>
    public required bool TopDown { get; init; }

    public required int BitsPerPixel { get; init; }

    public required BmpCompression Compression { get; init; }

    /// <summary>Where the pixels begin in the file.</summary>
    public required int PixelOffset { get; init; }

    /// <summary>For 1 to 8 bits: blue, green, red, alpha of each entry.</summary>
    public required uint[] Palette { get; init; }

    /// <summary>For 16 and 32 bits: which bits are red, green, blue, alpha.</summary>
    public required uint[] Masks { get; init; }

    /// <summary>Bytes of one row as stored: rows begin at multiples of four.</summary>
    public long Stride => ((long)Width * BitsPerPixel + 31) / 32 * 4;

    public static BmpHeader Read(ReadOnlySpan<byte> data)
    {
        if (data.Length < FileHeaderBytes + CoreHeaderBytes) throw Truncated();
        uint pixelOffset = BinaryPrimitives.ReadUInt32LittleEndian(data[10..]), headerBytes = BinaryPrimitives.ReadUInt32LittleEndian(data[14..]);
        bool core = headerBytes == CoreHeaderBytes;
        if (!core && headerBytes is < InfoHeaderBytes or > 1024)
            throw new InvalidDataException($"BMP: the information header says that it has {headerBytes} bytes; 12 and 40 to 1024 are known.");
        if (data.Length < FileHeaderBytes + headerBytes) throw Truncated();

        ReadOnlySpan<byte> info = data.Slice(FileHeaderBytes, (int)headerBytes);
        long width = core ? BinaryPrimitives.ReadUInt16LittleEndian(info[4..]) : BinaryPrimitives.ReadInt32LittleEndian(info[4..]);
        long height = core ? BinaryPrimitives.ReadUInt16LittleEndian(info[6..]) : BinaryPrimitives.ReadInt32LittleEndian(info[8..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(info[(core ? 10 : 14)..]);
        var compression = core ? BmpCompression.None : (BmpCompression)BinaryPrimitives.ReadUInt32LittleEndian(info[16..]);
        ImageLimits.CheckSize("BMP", width, Math.Abs(height));
        CheckFormat(bits, compression, topDown: height < 0);
        if (pixelOffset > data.Length) throw Truncated();

        int position = FileHeaderBytes + (int)headerBytes;
        uint[] masks = ReadMasks(data, bits, compression, (int)headerBytes, ref position);
        uint[] palette = bits <= 8 ? ReadPalette(data, info, bits, core, position, (int)pixelOffset) : [];
        return new BmpHeader
        {
            Width = (int)width,
            Height = (int)Math.Abs(height),
            TopDown = height < 0,
            BitsPerPixel = bits,
            Compression = compression,
            PixelOffset = (int)pixelOffset,
            Palette = palette,
            Masks = masks,
        };
    }

    private static void CheckFormat(int bits, BmpCompression compression, bool topDown)
    {
        bool known = compression switch
        {
            BmpCompression.None => bits is 1 or 4 or 8 or 16 or 24 or 32,
            BmpCompression.RunLength8 => bits == 8 && !topDown,
            BmpCompression.RunLength4 => bits == 4 && !topDown,
            BmpCompression.BitFields or BmpCompression.AlphaBitFields => bits is 16 or 32,
            _ => false,
        };
        if (!known) throw new InvalidDataException($"BMP: {bits} bits with compression {(uint)compression}{(topDown ? ", top-down," : "")} are not decoded.");
    }

    private static uint[] ReadMasks(ReadOnlySpan<byte> data, int bits, BmpCompression compression, int headerBytes, ref int position)
    {
        if (compression is not (BmpCompression.BitFields or BmpCompression.AlphaBitFields)) return bits == 16 ? _masks555 : _masks888;

        // Longer headers hold the masks; the 40-byte one has them behind it. Either way they stand at the same place.
        int start = FileHeaderBytes + InfoHeaderBytes;
        int count = compression == BmpCompression.AlphaBitFields || headerBytes >= InfoHeaderBytes + 16 ? 4 : 3;
        if (data.Length < start + 4 * count) throw Truncated();
        var masks = new uint[4];
        for (int i = 0; i < count; i++) masks[i] = BinaryPrimitives.ReadUInt32LittleEndian(data[(start + 4 * i)..]);
        foreach (uint mask in masks)
        {
            uint run = mask == 0 ? 0 : mask >> System.Numerics.BitOperations.TrailingZeroCount(mask);
            if ((run & (run + 1)) != 0 || (bits == 16 && mask > 0xFFFF))
                throw new InvalidDataException($"BMP: the channel mask 0x{mask:X8} is not one run of bits of the pixel.");
        }
        position = Math.Max(position, start + 4 * count);
        return masks;
    }

    private static uint[] ReadPalette(ReadOnlySpan<byte> data, ReadOnlySpan<byte> info, int bits, bool core, int position, int pixelOffset)
    {
        int most = 1 << bits, entryBytes = core ? 3 : 4;
        uint used = core ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(info[32..]);
        if (used > most) throw new InvalidDataException($"BMP: the palette has {used} entries; with {bits} bits a pixel it has at most {most}.");
        int count = used == 0 ? most : (int)used;
        // Some writers leave out the entries that no pixel uses and do not say so.
        if (pixelOffset > position) count = Math.Min(count, (pixelOffset - position) / entryBytes);
        if (data.Length < position + (long)count * entryBytes) throw Truncated();
        var palette = new uint[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = data.Slice(position + i * entryBytes, 3);
            palette[i] = 0xFF000000 | (uint)entry[2] << 16 | (uint)entry[1] << 8 | entry[0];
        }
        return palette;
    }

    private static InvalidDataException Truncated() => new("BMP: the file is truncated: it ends in its headers.");
}
