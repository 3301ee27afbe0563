using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML.Transforms.Image.Decoding;

namespace Compat.Tests.Images;

/// <summary>
/// A PNG of any kind with random samples, written here from the specification, and the pixels it stands for. Properties are changed before <see cref="Encode"/>
/// to make other files, damaged ones included.
/// </summary>
internal sealed class TestPng
{
    private static readonly (int X, int Y, int StepX, int StepY)[] _adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public TestPng(int width, int height, int colorType, int bitDepth, Random random)
    {
        (Width, Height, ColorType, BitDepth) = (width, height, colorType, bitDepth);
        Channels = colorType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        if (colorType == 3)
        {
            Palette = new byte[3 * Math.Min(1 << bitDepth, 200)];
            random.NextBytes(Palette);
        }
        int most = colorType == 3 ? Palette.Length / 3 : 1 << bitDepth;
        Samples = [.. Enumerable.Range(0, width * height * Channels).Select(_ => random.Next(most))];
    }

    public int Width { get; }

    public int Height { get; }

    public int ColorType { get; }

    public int BitDepth { get; }

    public int Channels { get; }

    /// <summary>[Height, Width, Channels].</summary>
    public int[] Samples { get; }

    public bool Interlaced { get; set; }

    /// <summary>The filter of each row.</summary>
    public Func<int, int> Filter { get; set; } = row => row % 5;

    public byte[] Palette { get; set; } = [];

    public byte[] Transparency { get; set; } = [];

    public int IdatBytes { get; set; } = 50;

    /// <summary>Chunks to put in before the image data.</summary>
    public List<(string Name, byte[] Data)> Extra { get; } = [];

    public static byte[] Chunk(string name, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        System.Text.Encoding.ASCII.GetBytes(name, chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 8), Checksum(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }

    public static byte[] Header(uint width, uint height, byte bitDepth, byte colorType, byte interlace = 0)
    {
        byte[] data = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(data, width);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9], data[12]) = (bitDepth, colorType, interlace);
        return Chunk("IHDR", data);
    }

    public byte[] Encode()
    {
        List<byte> file = [.. PngFile.Signature, .. Header((uint)Width, (uint)Height, (byte)BitDepth, (byte)ColorType, Interlaced ? (byte)1 : (byte)0)];
        foreach (var (name, data) in Extra) file.AddRange(Chunk(name, data));
        if (Palette.Length > 0) file.AddRange(Chunk("PLTE", Palette));
        if (Transparency.Length > 0) file.AddRange(Chunk("tRNS", Transparency));
        foreach (byte[] part in Deflate(Rows()).Chunk(IdatBytes)) file.AddRange(Chunk("IDAT", part));
        file.AddRange(Chunk("IEND", []));
        return [.. file];
    }

    /// <summary>Blue, green, red, alpha of every pixel.</summary>
    public byte[] Expected()
    {
        var expected = new byte[Width * Height * 4];
        for (int pixel = 0; pixel < Width * Height; pixel++)
        {
            int[] s = Samples[(pixel * Channels)..((pixel + 1) * Channels)];
            int[] bgra = ColorType switch
            {
                0 => [Byte(s[0]), Byte(s[0]), Byte(s[0]), IsKey(s) ? 0 : 255],
                2 => [Byte(s[2]), Byte(s[1]), Byte(s[0]), IsKey(s) ? 0 : 255],
                3 => [Palette[3 * s[0] + 2], Palette[3 * s[0] + 1], Palette[3 * s[0]], s[0] < Transparency.Length ? Transparency[s[0]] : 255],
                4 => [Byte(s[0]), Byte(s[0]), Byte(s[0]), Byte(s[1])],
                _ => [Byte(s[2]), Byte(s[1]), Byte(s[0]), Byte(s[3])],
            };
            for (int i = 0; i < 4; i++) expected[pixel * 4 + i] = (byte)bgra[i];
        }
        return expected;
    }

    private bool IsKey(int[] samples) => Transparency.Length > 0
        && Enumerable.Range(0, Channels).All(i => BinaryPrimitives.ReadUInt16BigEndian(Transparency.AsSpan(2 * i)) == samples[i]);

    private int Byte(int sample) => BitDepth == 16 ? sample >> 8 : sample * 255 / ((1 << BitDepth) - 1);

    private byte[] Rows()
    {
        List<byte> rows = [];
        foreach (var (x0, y0, stepX, stepY) in Interlaced ? _adam7 : [(0, 0, 1, 1)])
        {
            byte[] above = [];
            if (x0 >= Width) continue;
            for (int y = y0, index = 0; y < Height; y += stepY, index++)
            {
                byte[] row = PackRow(y, x0, stepX);
                if (above.Length == 0) above = new byte[row.Length];
                rows.AddRange(FilterRow(Filter(index), row, above));
                above = row;
            }
        }
        return [.. rows];
    }

    private byte[] PackRow(int y, int x0, int stepX)
    {
        List<byte> row = [];
        int pending = 0, bits = 0;
        for (int x = x0; x < Width; x += stepX)
            for (int c = 0; c < Channels; c++)
            {
                pending = pending << BitDepth | Samples[(y * Width + x) * Channels + c];
                for (bits += BitDepth; bits >= 8; bits -= 8) row.Add((byte)(pending >> (bits - 8)));
                pending &= (1 << bits) - 1;
            }
        if (bits > 0) row.Add((byte)(pending << (8 - bits)));
        return [.. row];
    }

    private byte[] FilterRow(int filter, byte[] row, byte[] above)
    {
        int distance = Math.Max(1, Channels * BitDepth / 8);
        var filtered = new byte[row.Length + 1];
        filtered[0] = (byte)filter;
        for (int i = 0; i < row.Length; i++)
        {
            int a = i < distance ? 0 : row[i - distance], b = above[i], c = i < distance ? 0 : above[i - distance], p = a + b - c;
            int nearest = new[] { a, b, c }.MinBy(guess => Math.Abs(p - guess));
            filtered[i + 1] = (byte)(row[i] - (filter switch { 1 => a, 2 => b, 3 => (a + b) / 2, 4 => nearest, _ => 0 }));
        }
        return filtered;
    }

    private static byte[] Deflate(byte[] rows)
    {
        using var stream = new MemoryStream();
        using (var deflater = new ZLibStream(stream, CompressionLevel.Fastest)) deflater.Write(rows);
        return stream.ToArray();
    }

    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
