using System.Buffers.Binary;
using System.IO.Compression;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Tests.Images;

/// <summary>A PNG of random samples, written here from the specification, and the pixels that it stands for.</summary>
internal sealed class TestPng
{
    public const int Grey = 0, Rgb = 2, Palette = 3, Rgba = 6;

    private readonly int _width, _height, _colorType, _bitDepth, _channels;
    private readonly int[] _samples;
    private readonly byte[] _palette = [];

    public TestPng(int width, int height, int colorType, int bitDepth, Random random)
    {
        (_width, _height, _colorType, _bitDepth, _channels) = (width, height, colorType, bitDepth, colorType switch { Rgb => 3, Rgba => 4, _ => 1 });
        int values = 1 << Math.Min(bitDepth, 8);
        _samples = [.. Enumerable.Range(0, width * height * _channels).Select(_ => random.Next(values))];
        if (colorType == Palette)
        {
            _palette = new byte[3 * values];
            random.NextBytes(_palette);
        }
    }

    /// <summary>The pixels; transparency is dropped.</summary>
    public RgbImage Pixels
    {
        get
        {
            byte[] rgb = new byte[_width * _height * 3];
            for (int i = 0; i < rgb.Length; i++)
            {
                int sample = _samples[i / 3 * _channels + (_channels == 1 ? 0 : i % 3)];
                rgb[i] = _colorType == Palette ? _palette[3 * sample + i % 3] : (byte)(sample * 255 / ((1 << Math.Min(_bitDepth, 8)) - 1));
            }
            return new RgbImage(_width, _height, rgb);
        }
    }

    /// <summary>How opaque a pixel is, 0 to 255.</summary>
    public int Alpha(int pixel) => _colorType == Rgba ? _samples[pixel * _channels + 3] : 255;

    /// <summary>The file.</summary>
    public byte[] Encode()
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, _width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), _height);
        (header[8], header[9]) = ((byte)_bitDepth, (byte)_colorType);
        byte[] palette = _palette.Length == 0 ? [] : Chunk("PLTE"u8, _palette);
        return [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. Chunk("IHDR"u8, header), .. palette, .. Chunk("IDAT"u8, Compress()), .. Chunk("IEND"u8, [])];
    }

    private byte[] Compress()
    {
        using var compressed = new MemoryStream();
        using (var stream = new ZLibStream(compressed, CompressionLevel.Fastest))
            for (int y = 0; y < _height; y++) stream.Write(Row(y));
        return compressed.ToArray();
    }

    private byte[] Row(int y)
    {
        var row = new List<byte> { 0 }; // no filter
        int pending = 0, bits = 0;
        foreach (int sample in _samples.AsSpan(y * _width * _channels, _width * _channels))
        {
            if (_bitDepth >= 8)
            {
                row.AddRange(Enumerable.Repeat((byte)sample, _bitDepth / 8)); // 16 bits: the sample times 257, which is the same level
                continue;
            }
            pending = pending << _bitDepth | sample;
            bits += _bitDepth;
            if (bits < 8) continue;
            row.Add((byte)pending);
            (pending, bits) = (0, 0);
        }
        if (bits > 0) row.Add((byte)(pending << (8 - bits)));
        return [.. row];
    }

    /// <summary>A chunk with its length and checksum.</summary>
    public static byte[] Chunk(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        byte[] chunk = [0, 0, 0, 0, .. name, .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 8), Crc32(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }

    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
