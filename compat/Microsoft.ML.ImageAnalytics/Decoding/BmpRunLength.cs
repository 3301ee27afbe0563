namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>
/// BMP's run lengths. Pairs of bytes: (n, v) is n pixels of v, where with 4 bits the two halves of v take turns; (0, 0) ends the row, (0, 1) the picture,
/// (0, 2) skips right and up by the next two bytes, and (0, n) is n pixels as they are, padded to an even number of bytes.
/// </summary>
internal static class BmpRunLength
{
    private const byte EndOfRow = 0, EndOfPicture = 1, Skip = 2;

    /// <summary>Up to so many pixels may come from a few bytes, as runs may be skipped; beyond, two bytes make at most 255.</summary>
    private const long FreePixels = 1 << 20;

    public static void CheckPossible(BmpHeader header, int storedBytes)
    {
        long pixels = (long)header.Width * header.Height;
        if (pixels > FreePixels && pixels > storedBytes * 128L)
            throw new InvalidDataException($"BMP: {header.Width} x {header.Height} pixels cannot come from {storedBytes} bytes of run lengths; the file is "
                + "truncated.");
    }

    public static void Decode(ReadOnlySpan<byte> data, BmpHeader header, Span<uint> target)
    {
        // What is skipped has the first colour of the palette.
        target.Fill(BmpDecoder.Color(header, 0));
        bool nibbles = header.Compression == BmpCompression.RunLength4;
        int x = 0, y = 0, position = 0;
        while (true)
        {
            byte count = Next(data, ref position), value = Next(data, ref position);
            if (count > 0)
            {
                Span<uint> run = Run(header, target, x, y, count);
                for (int i = 0; i < run.Length; i++) run[i] = BmpDecoder.Color(header, nibbles ? Nibble(value, i) : value);
                x += count;
            }
            else if (value == EndOfPicture)
            {
                return;
            }
            else if (value == EndOfRow)
            {
                (x, y) = (0, y + 1);
            }
            else if (value == Skip)
            {
                x += Next(data, ref position);
                y += Next(data, ref position);
            }
            else
            {
                Span<uint> run = Run(header, target, x, y, value);
                int bytes = nibbles ? (value + 1) / 2 : value;
                if (data.Length - position < bytes) throw Truncated();
                for (int i = 0; i < run.Length; i++)
                    run[i] = BmpDecoder.Color(header, nibbles ? Nibble(data[position + i / 2], i) : data[position + i]);
                position += bytes + (bytes & 1);
                x += value;
            }
        }
    }

    private static int Nibble(byte pair, int index) => index % 2 == 0 ? pair >> 4 : pair & 15;

    private static Span<uint> Run(BmpHeader header, Span<uint> target, int x, int y, int count)
    {
        if (y >= header.Height || x + count > header.Width)
            throw new InvalidDataException($"BMP: a run of {count} pixels at column {x}, row {y} leaves the picture of {header.Width} x {header.Height}; "
                + "the file is damaged.");
        return target.Slice((header.Height - 1 - y) * header.Width + x, count);
    }

    private static byte Next(ReadOnlySpan<byte> data, ref int position) => position < data.Length ? data[position++] : throw Truncated();

    private static InvalidDataException Truncated() => new("BMP: the file is truncated: the run lengths end before the end of the picture.");
}
