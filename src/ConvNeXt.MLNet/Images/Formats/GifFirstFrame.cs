namespace ConvNeXt.MLNet.Images.Formats;

/// <summary>
/// What the file of a GIF says about its first frame and decoders do not tell: the color behind its transparent pixels, and whether all of its pixels are
/// there.
/// </summary>
internal readonly ref struct GifFirstFrame
{
    private const int HeaderLength = 13, DescriptorLength = 10, ColorLength = 3;
    private const byte Extension = 0x21, GraphicControl = 0xF9, ImageDescriptor = 0x2C;

    private readonly ReadOnlySpan<byte> _palette;
    private readonly ReadOnlySpan<byte> _data;
    private readonly int? _transparentIndex;
    private readonly long _pixels;

    private GifFirstFrame(ReadOnlySpan<byte> palette, ReadOnlySpan<byte> data, int? transparentIndex, long pixels)
    {
        _palette = palette;
        _data = data;
        _transparentIndex = transparentIndex;
        _pixels = pixels;
    }

    /// <summary>
    /// The color that the palette has at the transparent index, or null without such an index. Decoders give transparent pixels without it; Pillow, where
    /// transparency is dropped, shows it.
    /// </summary>
    public RgbColor? TransparentColor
    {
        get
        {
            if (_transparentIndex is not { } index) return null;
            ReadOnlySpan<byte> color = _palette.Length >= ColorLength * (index + 1) ? _palette[(ColorLength * index)..] : [0, 0, 0];
            return new RgbColor(color[0], color[1], color[2]);
        }
    }

    /// <summary>
    /// Whether the compressed data hold every pixel. Where they end early, decoders leave the rest of the picture transparent and report success.
    /// </summary>
    public bool HasAllPixels => GifPixelCount.Count(_data, _pixels) >= _pixels;

    /// <summary>Finds the first frame.</summary>
    /// <returns>False if the file is no GIF, or its first frame is not where it should be.</returns>
    public static bool TryFind(ReadOnlySpan<byte> file, out GifFirstFrame frame)
    {
        frame = default;
        if (!file.StartsWith("GIF8"u8) || file.Length < HeaderLength) return false;
        ReadOnlySpan<byte> palette = TakePalette(file[HeaderLength..], file[10], out ReadOnlySpan<byte> rest);
        int? index = null;
        while (rest.Length >= DescriptorLength && rest[0] == Extension)
        {
            // A graphic control extension: its size (4), flags, delay (2 bytes), transparent index.
            if (rest[1] == GraphicControl) index = (rest[3] & 1) != 0 ? rest[6] : null;
            rest = SkipBlocks(rest[2..]);
        }
        if (rest.Length < DescriptorLength || rest[0] != ImageDescriptor) return false;
        // The descriptor: left and top, width and height (2 bytes each, low byte first), flags.
        long pixels = (long)(rest[5] | rest[6] << 8) * (rest[7] | rest[8] << 8);
        ReadOnlySpan<byte> local = TakePalette(rest[DescriptorLength..], rest[9], out ReadOnlySpan<byte> data);
        frame = new GifFirstFrame(local.IsEmpty ? palette : local, data, index, pixels);
        return true;
    }

    private static ReadOnlySpan<byte> TakePalette(ReadOnlySpan<byte> bytes, byte flags, out ReadOnlySpan<byte> rest)
    {
        int length = (flags & 0x80) == 0 ? 0 : Math.Min(bytes.Length, ColorLength << ((flags & 7) + 1));
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
