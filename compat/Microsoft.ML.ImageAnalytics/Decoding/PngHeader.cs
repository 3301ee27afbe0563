using System.Buffers.Binary;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>The colour types of PNG (PNG specification, 11.2.2).</summary>
internal enum PngColorType : byte
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>The IHDR chunk: size, sample format and whether the rows are interlaced.</summary>
internal sealed record PngHeader(int Width, int Height, int BitDepth, PngColorType ColorType, bool Interlaced)
{
    public int Channels => ColorType switch
    {
        PngColorType.Rgb => 3,
        PngColorType.GreyAlpha => 2,
        PngColorType.Rgba => 4,
        _ => 1,
    };

    /// <summary>The distance in bytes from a sample to the one before it, at least 1: what row filters look back by.</summary>
    public int FilterDistance => Math.Max(1, Channels * BitDepth / 8);

    /// <summary>Bytes in a row of so many pixels, without the filter's byte.</summary>
    public int RowBytes(int width) => (int)(((long)width * Channels * BitDepth + 7) / 8);

    public static PngHeader Read(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length != 13) throw new InvalidDataException($"PNG: the IHDR chunk has {chunk.Length} bytes; it has 13.");
        long width = BinaryPrimitives.ReadUInt32BigEndian(chunk), height = BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]);
        ImageLimits.CheckSize("PNG", width, height);

        int bitDepth = chunk[8];
        var colorType = (PngColorType)chunk[9];
        bool known = colorType switch
        {
            PngColorType.Grey => bitDepth is 1 or 2 or 4 or 8 or 16,
            PngColorType.Palette => bitDepth is 1 or 2 or 4 or 8,
            PngColorType.Rgb or PngColorType.GreyAlpha or PngColorType.Rgba => bitDepth is 8 or 16,
            _ => false,
        };
        if (!known) throw new InvalidDataException($"PNG: there is no colour type {chunk[9]} with {bitDepth} bits.");
        if (chunk[10] != 0) throw new InvalidDataException($"PNG: compression method {chunk[10]} is unknown; the only one is 0.");
        if (chunk[11] != 0) throw new InvalidDataException($"PNG: filter method {chunk[11]} is unknown; the only one is 0.");
        if (chunk[12] > 1) throw new InvalidDataException($"PNG: interlace method {chunk[12]} is unknown; there are 0 and 1.");
        return new PngHeader((int)width, (int)height, bitDepth, colorType, Interlaced: chunk[12] == 1);
    }
}
