namespace ConvNeXt.Backbone.Imaging.Operations;

/// <summary>
/// Operations that map every value of a channel to a new one, independent of its position: by tables of 256 values for each channel, computed as in Pillow 9.4
/// (its ImageOps, and the blends with a constant of its ImageEnhance). All work in place on interleaved RGB.
/// </summary>
internal static class ColorTables
{
    private const int Channels = PixelBuffers.Channels, Levels = 256;

    /// <summary>Stretches each channel so that its smallest value becomes 0 and its largest 255.</summary>
    internal static void AutoContrast(Span<byte> pixels)
    {
        Span<int> histograms = stackalloc int[Channels * Levels];
        Span<byte> tables = stackalloc byte[Channels * Levels];
        Count(pixels, histograms);
        for (int channel = 0; channel < Channels; channel++)
        {
            var counts = histograms.Slice(channel * Levels, Levels);
            var table = tables.Slice(channel * Levels, Levels);
            int low = counts.IndexOfAnyExcept(0), high = counts.LastIndexOfAnyExcept(0);
            double scale = high > low ? 255.0 / (high - low) : 1, offset = high > low ? -low * scale : 0;
            for (int value = 0; value < Levels; value++) table[value] = (byte)Math.Clamp((int)(value * scale + offset), 0, 255);
        }
        Apply(pixels, tables);
    }

    /// <summary>Spreads the values of each channel so that all levels are about equally frequent.</summary>
    internal static void Equalize(Span<byte> pixels)
    {
        Span<int> histograms = stackalloc int[Channels * Levels];
        Span<byte> tables = stackalloc byte[Channels * Levels];
        Count(pixels, histograms);
        for (int channel = 0; channel < Channels; channel++)
        {
            var counts = histograms.Slice(channel * Levels, Levels);
            var table = tables.Slice(channel * Levels, Levels);
            // The brightest level is not counted, and a channel with a single level has a step of 0.
            int step = (pixels.Length / Channels - counts[counts.LastIndexOfAnyExcept(0)]) / 255, below = step / 2;
            for (int value = 0; value < Levels; value++)
            {
                table[value] = step == 0 ? (byte)value : (byte)Math.Min(below / step, 255);
                below += counts[value];
            }
        }
        Apply(pixels, tables);
    }

    /// <summary>255 - value.</summary>
    internal static void Invert(Span<byte> pixels) => Solarize(pixels, 0);

    /// <summary>Inverts values at or above a threshold; 256 changes nothing.</summary>
    internal static void Solarize(Span<byte> pixels, int threshold)
    {
        Span<byte> table = stackalloc byte[Levels];
        for (int value = 0; value < Levels; value++) table[value] = (byte)(value < threshold ? value : 255 - value);
        ApplyToAll(pixels, table);
    }

    /// <summary>Adds to values below 128, up to a result of 255.</summary>
    internal static void SolarizeAdd(Span<byte> pixels, int addend)
    {
        const int Threshold = 128;
        Span<byte> table = stackalloc byte[Levels];
        for (int value = 0; value < Levels; value++) table[value] = (byte)(value < Threshold ? Math.Min(value + addend, 255) : value);
        ApplyToAll(pixels, table);
    }

    /// <summary>Keeps the upper bits of each value, 0 to 8 of them.</summary>
    internal static void Posterize(Span<byte> pixels, int bits)
    {
        int mask = 0xFF00 >> bits;
        Span<byte> table = stackalloc byte[Levels];
        for (int value = 0; value < Levels; value++) table[value] = (byte)(value & mask);
        ApplyToAll(pixels, table);
    }

    /// <summary>Blends with black: factor 0 gives black, 1 the image, above 1 a brighter one.</summary>
    internal static void Brightness(Span<byte> pixels, double factor) => BlendWith(0, pixels, factor);

    /// <summary>Blends with the mean gray: factor 0 gives gray, 1 the image, above 1 more contrast.</summary>
    internal static void Contrast(Span<byte> pixels, double factor)
    {
        long sum = 0;
        for (int i = 0; i + 2 < pixels.Length; i += Channels) sum += Enhancement.Grey(pixels[i], pixels[i + 1], pixels[i + 2]);
        BlendWith((int)((double)sum / (pixels.Length / Channels) + 0.5), pixels, factor);
    }

    private static void BlendWith(int grey, Span<byte> pixels, double factor)
    {
        Span<byte> table = stackalloc byte[Levels];
        for (int value = 0; value < Levels; value++) table[value] = Enhancement.Blend(grey, value, (float)factor);
        ApplyToAll(pixels, table);
    }

    private static void Count(ReadOnlySpan<byte> pixels, Span<int> histograms)
    {
        histograms.Clear();
        for (int i = 0; i + 2 < pixels.Length; i += Channels)
        {
            histograms[pixels[i]]++;
            histograms[Levels + pixels[i + 1]]++;
            histograms[2 * Levels + pixels[i + 2]]++;
        }
    }

    private static void ApplyToAll(Span<byte> pixels, ReadOnlySpan<byte> table)
    {
        foreach (ref byte value in pixels) value = table[value];
    }

    private static void Apply(Span<byte> pixels, ReadOnlySpan<byte> tables)
    {
        ReadOnlySpan<byte> red = tables[..Levels], green = tables.Slice(Levels, Levels), blue = tables.Slice(2 * Levels, Levels);
        for (int i = 0; i + 2 < pixels.Length; i += Channels)
        {
            pixels[i] = red[pixels[i]];
            pixels[i + 1] = green[pixels[i + 1]];
            pixels[i + 2] = blue[pixels[i + 2]];
        }
    }
}
