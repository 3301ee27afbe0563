namespace ConvNeXt.Backbone.Imaging;

/// <summary>Converts bytes to network input, (u8 / 255 - mean) / std per channel in float32, with a table of 256 values for each channel.</summary>
internal sealed class PixelNormalizer
{
    private static volatile PixelNormalizer? _latest;

    private readonly float[] _red, _green, _blue;
    private readonly (RgbTriple Mean, RgbTriple StandardDeviation) _statistics;

    internal PixelNormalizer(RgbTriple mean, RgbTriple standardDeviation)
    {
        _statistics = (mean, standardDeviation);
        _red = Table(mean.Red, standardDeviation.Red);
        _green = Table(mean.Green, standardDeviation.Green);
        _blue = Table(mean.Blue, standardDeviation.Blue);
    }

    /// <summary>Returns the tables for these statistics. The latest ones are cached, because a process rarely uses several.</summary>
    internal static PixelNormalizer Get(RgbTriple mean, RgbTriple standardDeviation)
    {
        PixelNormalizer? latest = _latest;
        return latest is not null && latest._statistics == (mean, standardDeviation) ? latest : _latest = new PixelNormalizer(mean, standardDeviation);
    }

    /// <summary>Converts interleaved RGB bytes to the same number of floats.</summary>
    internal void Convert(ReadOnlySpan<byte> rgb, Span<float> destination)
    {
        for (int i = 0; i + 2 < rgb.Length; i += 3)
        {
            destination[i] = _red[rgb[i]];
            destination[i + 1] = _green[rgb[i + 1]];
            destination[i + 2] = _blue[rgb[i + 2]];
        }
    }

    private static float[] Table(float mean, float standardDeviation)
    {
        float[] table = new float[256];
        for (int value = 0; value < table.Length; value++) table[value] = (value / 255f - mean) / standardDeviation;
        return table;
    }
}
