namespace ConvNeXt.MLNet.DataSets;

/// <summary>
/// The best correlation between two thumbnails where one may be a part of the other, mirrored or not. Correlation does not change with brightness and contrast.
/// </summary>
internal static class ThumbnailMatch
{
    private const int Size = ScannedImage.ThumbnailSize, Samples = 24;

    /// <summary>Below this standard deviation of gray values, a thumbnail shows too little to compare.</summary>
    private const double LeastDeviation = 6;

    /// <summary>What part of the other picture's width and height a picture may show.</summary>
    private static readonly double[] _parts = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7];

    /// <summary>Finds the best correlation, from -1 to 1; 0 if a thumbnail is nearly uniform.</summary>
    /// <param name="first">Gray values, [Size, Size].</param>
    /// <param name="second">The same of the other picture.</param>
    public static double FindCorrelation(byte[] first, byte[] second)
    {
        byte[] mirrored = Mirror(second);
        return new[] { Search(first, second), Search(second, first), Search(first, mirrored), Search(mirrored, first) }.Max();
    }

    /// <summary>Looks for the part among windows of the whole.</summary>
    private static double Search(byte[] whole, byte[] part)
    {
        Span<double> wanted = stackalloc double[Samples * Samples], window = stackalloc double[Samples * Samples];
        if (!Sample(part, 0, 0, Size, wanted)) return 0;
        double best = 0;
        foreach (double share in _parts)
        {
            double side = Size * share, room = Size - side, step = Math.Max(1, room / 8);
            for (double y = 0; y <= room + 1e-9; y += step)
                for (double x = 0; x <= room + 1e-9; x += step)
                {
                    if (!Sample(whole, x, y, side, window)) continue;
                    double sum = 0;
                    for (int i = 0; i < wanted.Length; i++) sum += wanted[i] * window[i];
                    best = Math.Max(best, sum);
                }
        }
        return best;
    }

    /// <summary>Samples a square window and scales the samples to mean 0 and length 1.</summary>
    /// <returns>False if the window is nearly uniform.</returns>
    private static bool Sample(byte[] gray, double left, double top, double side, Span<double> samples)
    {
        double step = side / Samples, mean = 0, square = 0;
        for (int row = 0; row < Samples; row++)
            for (int column = 0; column < Samples; column++)
            {
                double value = Interpolate(gray, left + ((column + 0.5) * step) - 0.5, top + ((row + 0.5) * step) - 0.5);
                samples[(row * Samples) + column] = value;
                mean += value;
                square += value * value;
            }
        mean /= samples.Length;
        double variance = (square / samples.Length) - (mean * mean);
        if (variance < LeastDeviation * LeastDeviation) return false;
        double scale = 1 / Math.Sqrt(variance * samples.Length);
        for (int i = 0; i < samples.Length; i++) samples[i] = (samples[i] - mean) * scale;
        return true;
    }

    private static double Interpolate(byte[] gray, double x, double y)
    {
        x = Math.Clamp(x, 0, Size - 1.001);
        y = Math.Clamp(y, 0, Size - 1.001);
        int column = (int)x, row = (int)y, at = (row * Size) + column;
        double right = x - column, down = y - row;
        double upper = gray[at] + (right * (gray[at + 1] - gray[at])), lower = gray[at + Size] + (right * (gray[at + Size + 1] - gray[at + Size]));
        return upper + (down * (lower - upper));
    }

    private static byte[] Mirror(byte[] gray)
    {
        byte[] mirrored = new byte[gray.Length];
        for (int i = 0; i < gray.Length; i++) mirrored[i] = gray[i - (i % Size) + Size - 1 - (i % Size)];
        return mirrored;
    }
}
