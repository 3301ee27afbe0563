using System.Buffers.Binary;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Images;

/// <summary>
/// Looks at an encoded JPEG, PNG or BMP without decoding it: its size in pixels, and whether the bytes reach its end. Decoders allocate what a header asks
/// for, and some return a truncated photograph half grey without a word; both are caught here, whatever decoder follows. Other formats are left to the
/// decoder.
/// </summary>
internal static class EncodedImage
{
    /// <summary>The largest picture that is decoded, in pixels: above every camera of today, and 600 MB at 4 bytes a pixel.</summary>
    public const long MaxPixels = 150_000_000;

    private const string Decoded = "JPEG, PNG, BMP, GIF and WebP can be decoded";

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>What is wrong with the bytes, or null where nothing is.</summary>
    public static string? FindProblem(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "it is empty (0 bytes)";
        if (bytes.StartsWith(PngSignature)) return FindPngProblem(bytes);
        if (bytes is [0xFF, 0xD8, ..]) return FindJpegProblem(bytes);
        if (bytes is [(byte)'B', (byte)'M', ..]) return FindBmpProblem(bytes);
        if (bytes is [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..]) return $"it is a TIFF file; {Decoded}";
        if (bytes.Length >= 8 && bytes[4..8].SequenceEqual("ftyp"u8)) return $"it is a HEIF, AVIF or video file; {Decoded}";
        return null;
    }

    private static string? FindPngProblem(ReadOnlySpan<byte> bytes)
    {
        const int ChunkOverhead = 12; // length, type and checksum around a chunk's data
        int at = PngSignature.Length;
        bool first = true;
        while (bytes.Length - at >= ChunkOverhead)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            ReadOnlySpan<byte> type = bytes.Slice(at + 4, 4);
            if (length > int.MaxValue || bytes.Length - at - ChunkOverhead < length) return Truncated("PNG");
            if (first)
            {
                if (!type.SequenceEqual("IHDR"u8) || length < 8) return "its PNG header is damaged";
                ReadOnlySpan<byte> size = bytes.Slice(at + 8, 8);
                if (FindSizeProblem(BinaryPrimitives.ReadUInt32BigEndian(size), BinaryPrimitives.ReadUInt32BigEndian(size[4..])) is { } problem) return problem;
                first = false;
            }
            if (type.SequenceEqual("IEND"u8)) return null;
            at += ChunkOverhead + (int)length;
        }
        return Truncated("PNG");
    }

    private static string? FindJpegProblem(ReadOnlySpan<byte> bytes)
    {
        int at = 2;
        while (at + 4 <= bytes.Length)
        {
            if (bytes[at] != 0xFF) return "its JPEG markers are damaged";
            byte marker = bytes[at + 1];
            if (marker == 0xFF) // a fill byte before a marker
            {
                at++;
                continue;
            }
            if (marker == 0xD9) return "it is a JPEG without an image";
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (length < 2) return "its JPEG markers are damaged";
            if (bytes.Length - at - 2 < length) return Truncated("JPEG");
            bool frame = marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
            if (frame && length >= 7)
            {
                int height = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 5)..]), width = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 7)..]);
                if (FindSizeProblem(width, Math.Max(height, 1)) is { } problem) return problem; // height 0: told later in the file (DNL)
            }
            at += 2 + length;
            // Scan data follow; what ends them is the end-of-image marker. Searched from the back: cameras append previews after it.
            if (marker == 0xDA) return bytes[at..].LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0 ? null : Truncated("JPEG");
        }
        return Truncated("JPEG");
    }

    private static string? FindBmpProblem(ReadOnlySpan<byte> bytes)
    {
        const int FileHeader = 14, InfoHeader = 40, Uncompressed = 0;
        if (bytes.Length < FileHeader + 12) return Truncated("BMP");
        uint headerSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[FileHeader..]);
        if (headerSize < InfoHeader) return null; // the forms from before 1990: left to the decoder
        if (bytes.Length < FileHeader + InfoHeader) return Truncated("BMP");
        ReadOnlySpan<byte> info = bytes[FileHeader..];
        int width = BinaryPrimitives.ReadInt32LittleEndian(info[4..]);
        long height = Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(info[8..])); // negative: rows from the top
        if (FindSizeProblem(width, height) is { } problem) return problem;
        if (BinaryPrimitives.ReadInt32LittleEndian(info[16..]) != Uncompressed) return null;
        long bitsPerPixel = BinaryPrimitives.ReadUInt16LittleEndian(info[14..]);
        long rowBytes = (width * bitsPerPixel + 31) / 32 * 4;
        return bytes.Length < BinaryPrimitives.ReadUInt32LittleEndian(bytes[10..]) + rowBytes * height ? Truncated("BMP") : null;
    }

    private static string? FindSizeProblem(long width, long height)
    {
        if (width < 1 || height < 1) return $"its header says {width} x {height} pixels";
        return width * height > MaxPixels ? Invariant($"it is too large: {width} x {height} pixels, at most {MaxPixels:N0} are decoded") : null;
    }

    private static string Truncated(string format) => $"it is a truncated {format}: the data end before the image does";
}
