namespace ConvNeXt.MLNet.Images.Formats;

/// <summary>
/// Counts the pixels in the compressed data of a GIF frame without decoding them: each LZW code stands for a string of pixels, and only the lengths of the
/// strings are kept.
/// </summary>
internal static class GifPixelCount
{
    private const int MaxCodeBits = 12, TableLength = 1 << MaxCodeBits;

    /// <summary>Counts pixels up to the end code, the end of the data, an invalid code, or the count that is enough.</summary>
    /// <param name="data">The minimum code size (1 byte), then blocks: length (1 byte, 0 for the end), bytes.</param>
    /// <param name="enough">Where to stop counting.</param>
    public static long Count(ReadOnlySpan<byte> data, long enough)
    {
        if (data.IsEmpty || data[0] is < 1 or >= MaxCodeBits) return 0;
        int literalBits = data[0], clear = 1 << literalBits, end = clear + 1;
        Span<ushort> lengths = stackalloc ushort[TableLength]; // a string is at most one pixel longer than the table has codes
        lengths[..clear].Fill(1);
        int codeBits = literalBits + 1, next = end + 1, previous = -1;
        uint bits = 0;
        int bitCount = 0;
        long pixels = 0;
        for (data = data[1..]; !data.IsEmpty && data[0] > 0;)
        {
            ReadOnlySpan<byte> block = data[1..Math.Min(data.Length, data[0] + 1)];
            data = data[(block.Length + 1)..];
            foreach (byte value in block)
            {
                bits |= (uint)value << bitCount;
                bitCount += 8;
                while (bitCount >= codeBits)
                {
                    int code = (int)(bits & ((1u << codeBits) - 1));
                    bits >>= codeBits;
                    bitCount -= codeBits;
                    if (code == clear)
                    {
                        (codeBits, next, previous) = (literalBits + 1, end + 1, -1);
                        continue;
                    }
                    if (code == end || code > next || (code == next && previous < 0)) return pixels;
                    if (previous >= 0 && next < TableLength)
                    {
                        lengths[next++] = (ushort)(lengths[previous] + 1);
                        if (next == 1 << codeBits && codeBits < MaxCodeBits) codeBits++;
                    }
                    pixels += lengths[code];
                    if (pixels >= enough) return pixels;
                    previous = code;
                }
            }
        }
        return pixels;
    }
}
