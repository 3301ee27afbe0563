using System.Buffers.Binary;

namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>The chunks of a PNG file that make up its picture, every one of them with its check sum verified. Other chunks are passed over.</summary>
internal sealed class PngFile
{
    private const int ChunkOverhead = 12;

    private PngFile(PngHeader header) => Header = header;

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public PngHeader Header { get; }

    /// <summary>The PLTE chunk: three bytes an entry; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Palette { get; private set; }

    /// <summary>The tRNS chunk; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Transparency { get; private set; }

    /// <summary>The IDAT chunks, in order: one zlib stream.</summary>
    public List<ReadOnlyMemory<byte>> ImageData { get; } = [];

    public static PngFile Read(ReadOnlyMemory<byte> data)
    {
        ReadOnlyMemory<byte> rest = data[Signature.Length..];
        PngFile? file = null;
        bool dataEnded = false;
        while (true)
        {
            (string name, ReadOnlyMemory<byte> chunk) = NextChunk(ref rest);
            if (file is null)
            {
                if (name != "IHDR") throw new InvalidDataException($"PNG: the first chunk is '{name}'; it must be 'IHDR'.");
                file = new PngFile(PngHeader.Read(chunk.Span));
                continue;
            }
            dataEnded |= file.ImageData.Count > 0 && name != "IDAT";
            switch (name)
            {
                case "IHDR":
                    throw new InvalidDataException("PNG: there are two IHDR chunks.");
                case "PLTE":
                    file.SetPalette(chunk);
                    break;
                case "tRNS" when file.ImageData.Count == 0:
                    file.Transparency = chunk;
                    break;
                case "IDAT":
                    if (dataEnded) throw new InvalidDataException("PNG: the IDAT chunks are not in one row.");
                    file.ImageData.Add(chunk);
                    break;
                case "IEND":
                    file.CheckComplete();
                    return file;
                default:
                    // The case of the first letter says whether a picture can be shown without knowing the chunk.
                    if (char.IsAsciiLetterUpper(name[0])) throw new InvalidDataException($"PNG: the chunk '{name}' is critical and not known.");
                    break;
            }
        }
    }

    private static (string Name, ReadOnlyMemory<byte> Data) NextChunk(ref ReadOnlyMemory<byte> rest)
    {
        ReadOnlySpan<byte> span = rest.Span;
        if (span.Length < ChunkOverhead) throw new InvalidDataException("PNG: the file is truncated: it ends before its IEND chunk.");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(span);
        if (span[4..8].ContainsAnyExcept(_letters))
            throw new InvalidDataException("PNG: a chunk's name has other characters than letters; the file is damaged.");
        string name = System.Text.Encoding.ASCII.GetString(span[4..8]);
        if (length > span.Length - ChunkOverhead)
            throw new InvalidDataException($"PNG: the file is truncated: chunk '{name}' should have {length} bytes, {span.Length - ChunkOverhead} are left.");

        int end = 8 + (int)length;
        // The check sum of what is passed over does not matter to the picture.
        bool matters = char.IsAsciiLetterUpper(name[0]) || name == "tRNS";
        if (matters && Crc32.Compute(span[4..end]) != BinaryPrimitives.ReadUInt32BigEndian(span[end..]))
            throw new InvalidDataException($"PNG: the check sum of chunk '{name}' is wrong; the file is damaged.");
        ReadOnlyMemory<byte> chunk = rest[8..end];
        rest = rest[(end + 4)..];
        return (name, chunk);
    }

    private static readonly System.Buffers.SearchValues<byte> _letters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private void SetPalette(ReadOnlyMemory<byte> chunk)
    {
        if (!Palette.IsEmpty) throw new InvalidDataException("PNG: there are two palettes.");
        if (chunk.Length is 0 or > 256 * 3 || chunk.Length % 3 != 0)
            throw new InvalidDataException($"PNG: the palette has {chunk.Length} bytes; it has 3 for each of 1 to 256 entries.");
        Palette = chunk;
    }

    private void CheckComplete()
    {
        if (ImageData.Count == 0) throw new InvalidDataException("PNG: the file has no image data (no IDAT chunk).");
        if (Header.ColorType == PngColorType.Palette && Palette.IsEmpty)
            throw new InvalidDataException("PNG: the pixels are palette entries, and there is no palette.");
        int least = Header.ColorType switch { PngColorType.Grey => 2, PngColorType.Rgb => 6, _ => 0 };
        if (!Transparency.IsEmpty && Transparency.Length < least)
            throw new InvalidDataException($"PNG: the tRNS chunk has {Transparency.Length} bytes; it has {least}.");
    }
}
