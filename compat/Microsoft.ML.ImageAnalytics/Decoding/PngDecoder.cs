using System.IO.Compression;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>
/// PNG (W3C PNG specification): all colour types, bit depths and filters, interlaced or not. No colour management, as in other readers of training pictures.
/// </summary>
internal static class PngDecoder
{
    /// <summary>Deflate makes at most 1032 bytes out of one: a file that promises more cannot be whole.</summary>
    private const long MaxInflation = 1032;

    /// <summary>The seven passes of Adam7: first column and row, and the steps between columns and rows.</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[] _adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly (int X, int Y, int StepX, int StepY)[] _onePass = [(0, 0, 1, 1)];

    public static DecodedImage Decode(ReadOnlyMemory<byte> data)
    {
        PngFile file = PngFile.Read(data);
        PngHeader header = file.Header;
        var passes = header.Interlaced ? _adam7 : _onePass;
        CheckPossible(file, passes);

        var expander = new PngRowExpander(file);
        byte[] pixels = DecodedImage.AllocatePixels(header.Width, header.Height);
        using var inflater = new ZLibStream(new ChunkStream(file.ImageData), CompressionMode.Decompress);
        foreach (var pass in passes) DecodePass(inflater, header, expander, pass, pixels);
        // Reading on past the last row makes the inflater compare the stream's check sum.
        ReadPastEnd(inflater);
        return new DecodedImage(header.Width, header.Height, pixels, expander.HasAlpha);
    }

    private static void CheckPossible(PngFile file, (int X, int Y, int StepX, int StepY)[] passes)
    {
        long inflated = 0, deflated = file.ImageData.Sum(chunk => (long)chunk.Length);
        foreach (var pass in passes)
        {
            int width = Count(file.Header.Width, pass.X, pass.StepX);
            if (width > 0) inflated += (1L + file.Header.RowBytes(width)) * Count(file.Header.Height, pass.Y, pass.StepY);
        }
        if (inflated > deflated * MaxInflation)
            throw new InvalidDataException($"PNG: {file.Header.Width} x {file.Header.Height} pixels cannot come from {deflated} bytes of image data; "
                + "the file is truncated.");
    }

    private static void DecodePass(Stream inflater, PngHeader header, PngRowExpander expander, (int X, int Y, int StepX, int StepY) pass, byte[] pixels)
    {
        int width = Count(header.Width, pass.X, pass.StepX), height = Count(header.Height, pass.Y, pass.StepY);
        if (width == 0) return;

        // The filter's byte comes before each row. The row above the first one counts as zeros.
        byte[] row = new byte[1 + header.RowBytes(width)], above = new byte[row.Length];
        byte[] spread = pass.StepX > 1 ? new byte[width * 4] : [];
        for (int y = 0; y < height; y++)
        {
            ReadRow(inflater, row);
            PngFilter.Undo(row[0], row.AsSpan(1), above.AsSpan(1), header.FilterDistance);
            int start = (pass.Y + y * pass.StepY) * header.Width * 4;
            if (pass.StepX == 1)
            {
                expander.Expand(row.AsSpan(1), pixels.AsSpan(start, width * 4));
            }
            else
            {
                expander.Expand(row.AsSpan(1), spread);
                for (int x = 0; x < width; x++)
                    spread.AsSpan(4 * x, 4).CopyTo(pixels.AsSpan(start + (pass.X + x * pass.StepX) * 4));
            }
            (row, above) = (above, row);
        }
    }

    private static void ReadRow(Stream inflater, byte[] row)
    {
        try
        {
            inflater.ReadExactly(row);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("PNG: the file is truncated: the image data ends before the last row.", e);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    private static void ReadPastEnd(Stream inflater)
    {
        try
        {
            inflater.ReadByte();
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    private static InvalidDataException Damaged(Exception e) => new($"PNG: the image data is damaged: {e.Message}", e);

    private static int Count(int size, int first, int step) => (size - first + step - 1) / step;
}
