namespace ConvNeXt.MLNet.Images.Formats;

/// <summary>Formats of files by their first bytes, for the messages about files that cannot be decoded.</summary>
internal static class ImageFormats
{
    private const string Decoded = "JPEG, PNG, BMP, GIF, WebP, ICO and WBMP can be decoded";
    private const int TextLooked = 1024;

    /// <summary>Says why a file that the decoder does not take may be no image for it; the end of a sentence.</summary>
    public static string Explain(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "it is empty (0 bytes)";
        if (FindDecoded(bytes) is { } damaged) return $"it is a {damaged} that is truncated or damaged in its header";
        return FindOther(bytes) is { } other ? $"it is {other}; {Decoded}" : $"it is not an image that can be decoded; {Decoded}";
    }

    private static string? FindDecoded(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [0xFF, 0xD8, ..]) return "JPEG";
        if (bytes is [0x89, (byte)'P', (byte)'N', (byte)'G', ..]) return "PNG";
        if (bytes.StartsWith("GIF8"u8)) return "GIF";
        if (bytes.StartsWith("BM"u8)) return "BMP";
        if (bytes is [0, 0, 1 or 2, 0, ..]) return "ICO";
        return bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 && bytes[8..12].SequenceEqual("WEBP"u8) ? "WebP" : null;
    }

    private static string? FindOther(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..]) return "a TIFF file";
        if (bytes.Length >= 12 && bytes[4..8].SequenceEqual("ftyp"u8)) return FindBrand(bytes[8..12]);
        if (bytes is [0, 0, 0, 12, (byte)'j', (byte)'P', ..] || bytes is [0xFF, 0x4F, 0xFF, 0x51, ..]) return "a JPEG 2000 file";
        if (bytes is [0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L', ..] || bytes is [0xFF, 0x0A, ..]) return "a JPEG XL file";
        if (bytes.StartsWith("8BPS"u8)) return "a Photoshop file";
        if (bytes.StartsWith("%PDF"u8)) return "a PDF file";
        if (bytes.StartsWith("PK\u0003\u0004"u8)) return "a ZIP file";
        if (bytes is [0x1F, 0x8B, ..]) return "a gzip file";
        return FindText(bytes);
    }

    private static string FindBrand(ReadOnlySpan<byte> brand)
    {
        if (brand.StartsWith("avi"u8)) return "an AVIF file"; // avif, avis
        if (brand.StartsWith("he"u8) || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8)) return "a HEIC file"; // heic, heix, hevc
        return brand.SequenceEqual("jxl "u8) ? "a JPEG XL file" : "a video file (MP4 or similar)";
    }

    private static string? FindText(ReadOnlySpan<byte> bytes)
    {
        string text = System.Text.Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, TextLooked)]).TrimStart('\uFEFF').TrimStart();
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal)) return "a Git LFS pointer; fetch the file with 'git lfs pull'";
        if (!text.StartsWith('<')) return null;
        if (text.Contains("<svg", StringComparison.OrdinalIgnoreCase)) return "an SVG file";
        bool page = text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.Contains("<html", StringComparison.OrdinalIgnoreCase);
        return page ? "an HTML page" : "an XML file";
    }
}
