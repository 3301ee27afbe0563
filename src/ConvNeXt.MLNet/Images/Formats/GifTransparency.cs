namespace ConvNeXt.MLNet.Images.Formats;

/// <summary>
/// Finds the color that the palette of a GIF's first frame has at its transparent index. Decoders give transparent pixels without it; Pillow, where
/// transparency is dropped, shows it.
/// </summary>
internal static class GifTransparency
{
    private const int Header = 13;
    private const byte Extension = 0x21, GraphicControl = 0xF9, ImageDescriptor = 0x2C;

    /// <summary>The color, or null where the file is no GIF or its first frame has no transparent index.</summary>
    public static RgbColor? Find(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith("GIF8"u8) || bytes.Length < Header) return null;
        ReadOnlySpan<byte> palette = TakePalette(bytes[Header..], bytes[10], out ReadOnlySpan<byte> rest);
        int? index = null;
        while (rest.Length >= 10 && rest[0] == Extension)
        {
            // A graphic control extension: its size (4), flags, delay (2 bytes), transparent index.
            if (rest[1] == GraphicControl) index = (rest[3] & 1) != 0 ? rest[6] : null;
            rest = SkipBlocks(rest[2..]);
        }
        if (index is null || rest.Length < 10 || rest[0] != ImageDescriptor) return null;
        ReadOnlySpan<byte> local = TakePalette(rest[10..], rest[9], out _);
        if (!local.IsEmpty) palette = local;
        ReadOnlySpan<byte> color = palette.Length >= 3 * index.Value + 3 ? palette[(3 * index.Value)..] : [0, 0, 0];
        return new RgbColor(color[0], color[1], color[2]);
    }

    private static ReadOnlySpan<byte> TakePalette(ReadOnlySpan<byte> bytes, byte flags, out ReadOnlySpan<byte> rest)
    {
        int length = (flags & 0x80) == 0 ? 0 : Math.Min(bytes.Length, 3 << ((flags & 7) + 1));
        rest = bytes[length..];
        return bytes[..length];
    }

    private static ReadOnlySpan<byte> SkipBlocks(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int length = bytes[0] + 1;
            if (length > bytes.Length) return [];
            bytes = bytes[length..];
            if (length == 1) break;
        }
        return bytes;
    }
}
