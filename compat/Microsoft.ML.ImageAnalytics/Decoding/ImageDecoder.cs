namespace Microsoft.ML.Transforms.Image.Decoding;

/// <summary>Tells the format by the first bytes and decodes. Whatever is wrong with the data is an <see cref="InvalidDataException"/> that says what.</summary>
internal static class ImageDecoder
{
    private const string Readable = "JPEG, PNG and BMP can be read";

    public static DecodedImage Decode(ReadOnlyMemory<byte> data)
    {
        ReadOnlySpan<byte> start = data.Span;
        if (start.IsEmpty) throw new InvalidDataException("There are no bytes to decode.");
        if (start.StartsWith(JpegHeader.StartOfImage)) return JpegDecoder.Decode(start);
        if (start.StartsWith(PngFile.Signature)) return PngDecoder.Decode(data);
        if (start.StartsWith("BM"u8)) return BmpDecoder.Decode(start);
        if (OtherFormat(start) is { } name) throw new InvalidDataException($"The data is a {name} image; {Readable}.");
        throw new InvalidDataException($"The data does not begin like an image; {Readable}.");
    }

    private static string? OtherFormat(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("GIF8"u8)) return "GIF";
        if (start.StartsWith("RIFF"u8) && start.Length >= 12 && start[8..].StartsWith("WEBP"u8)) return "WebP";
        if (start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8)) return "TIFF";
        if (start.Length >= 12 && start[4..].StartsWith("ftyp"u8)) return "HEIF or AVIF";
        return null;
    }
}
