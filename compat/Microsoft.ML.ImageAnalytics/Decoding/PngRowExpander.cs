using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>
/// Turns an unfiltered row of any PNG sample format into blue, green, red, alpha bytes. Of 16-bit samples the high byte is taken; grey of fewer bits is
/// stretched to 0..255; the tRNS chunk gives palette entries an alpha, or names the one colour that is transparent.
/// </summary>
internal sealed class PngRowExpander
{
    private readonly PngHeader _header;

    /// <summary>For grey and palette up to 8 bits: the pixel that each sample value stands for.</summary>
    private readonly uint[] _lookup = [];

    private readonly byte[] _transparent;

    public PngRowExpander(PngFile file)
    {
        _header = file.Header;
        _transparent = file.Transparency.ToArray();
        if (_header.ColorType == PngColorType.Palette) _lookup = PaletteLookup(file.Palette.Span, _transparent);
        else if (_header.ColorType == PngColorType.Grey && _header.BitDepth <= 8) _lookup = GreyLookup(_header.BitDepth, _transparent);
        HasAlpha = _transparent.Length > 0 || _header.ColorType is PngColorType.GreyAlpha or PngColorType.Rgba;
    }

    public bool HasAlpha { get; }

    /// <summary>Expands as many pixels as <paramref name="pixels"/> has room for, four bytes each.</summary>
    public void Expand(ReadOnlySpan<byte> row, Span<byte> pixels)
    {
        int sampleBytes = _header.BitDepth / 8;
        switch (_header.ColorType)
        {
            case PngColorType.Palette:
            case PngColorType.Grey when _header.BitDepth <= 8:
                ExpandLookup(row, MemoryMarshal.Cast<byte, uint>(pixels));
                break;
            case PngColorType.Grey:
                for (int from = 0, to = 0; to < pixels.Length; from += sampleBytes, to += 4)
                    Put(pixels, to, row[from], row[from], row[from], AlphaByKey(row.Slice(from, sampleBytes)));
                break;
            case PngColorType.GreyAlpha:
                for (int from = 0, to = 0; to < pixels.Length; from += 2 * sampleBytes, to += 4)
                    Put(pixels, to, row[from], row[from], row[from], row[from + sampleBytes]);
                break;
            case PngColorType.Rgb:
                ExpandRgb(row, pixels, sampleBytes);
                break;
            case PngColorType.Rgba:
                for (int from = 0, to = 0; to < pixels.Length; from += 4 * sampleBytes, to += 4)
                    Put(pixels, to, row[from + 2 * sampleBytes], row[from + sampleBytes], row[from], row[from + 3 * sampleBytes]);
                break;
        }
    }

    private void ExpandRgb(ReadOnlySpan<byte> row, Span<byte> pixels, int sampleBytes)
    {
        int pixelBytes = 3 * sampleBytes;
        bool keyed = _transparent.Length > 0;
        for (int from = 0, to = 0; to < pixels.Length; from += pixelBytes, to += 4)
        {
            byte alpha = keyed ? AlphaByKey(row.Slice(from, pixelBytes)) : (byte)255;
            Put(pixels, to, row[from + 2 * sampleBytes], row[from + sampleBytes], row[from], alpha);
        }
    }

    private void ExpandLookup(ReadOnlySpan<byte> row, Span<uint> pixels)
    {
        int bits = _header.BitDepth, mask = (1 << bits) - 1;
        for (int x = 0; x < pixels.Length; x++)
        {
            int bit = x * bits;
            int value = (row[bit >> 3] >> (8 - bits - (bit & 7))) & mask;
            if (value >= _lookup.Length) throw new InvalidDataException($"PNG: a pixel is palette entry {value}; the palette has {_lookup.Length} entries.");
            pixels[x] = _lookup[value];
        }
    }

    /// <summary>0 where a pixel's samples are those of the tRNS chunk, which always has two bytes for each.</summary>
    private byte AlphaByKey(ReadOnlySpan<byte> samples)
    {
        if (_transparent.Length == 0) return 255;
        int sampleBytes = _header.BitDepth / 8;
        for (int i = 0; i < samples.Length; i++)
        {
            int key = sampleBytes == 2 ? _transparent[i] : _transparent[2 * i + 1];
            if (samples[i] != key) return 255;
        }
        return 0;
    }

    private static void Put(Span<byte> pixels, int at, byte blue, byte green, byte red, byte alpha)
    {
        Span<byte> pixel = pixels.Slice(at, 4);
        pixel[3] = alpha;
        pixel[2] = red;
        pixel[1] = green;
        pixel[0] = blue;
    }

    private static uint[] PaletteLookup(ReadOnlySpan<byte> palette, ReadOnlySpan<byte> alphas)
    {
        var lookup = new uint[palette.Length / 3];
        for (int i = 0; i < lookup.Length; i++)
            lookup[i] = Pack(palette[3 * i + 2], palette[3 * i + 1], palette[3 * i], i < alphas.Length ? alphas[i] : (byte)255);
        return lookup;
    }

    private static uint[] GreyLookup(int bits, ReadOnlySpan<byte> transparent)
    {
        var lookup = new uint[1 << bits];
        int key = transparent.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(transparent) : -1;
        for (int i = 0; i < lookup.Length; i++)
        {
            var grey = (byte)(i * 255 / (lookup.Length - 1));
            lookup[i] = Pack(grey, grey, grey, i == key ? (byte)0 : (byte)255);
        }
        return lookup;
    }

    private static uint Pack(byte blue, byte green, byte red, byte alpha) => MemoryMarshal.Read<uint>([blue, green, red, alpha]);
}
