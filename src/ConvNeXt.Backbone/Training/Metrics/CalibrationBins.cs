namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>Accumulates the expected calibration error: images in bins of equal width by confidence, each bin (lower, upper].</summary>
internal sealed class CalibrationBins
{
    private const int Bins = 15;

    private readonly double[] _confidence = new double[Bins];
    private readonly int[] _hits = new int[Bins];
    private readonly int[] _counts = new int[Bins];
    private int _images;

    /// <summary>Adds an image.</summary>
    /// <param name="confidence">Probability of the predicted class, in (0, 1].</param>
    /// <param name="hit">Whether the predicted class is correct.</param>
    internal void Add(double confidence, bool hit)
    {
        int bin = Math.Clamp((int)Math.Ceiling(confidence * Bins) - 1, 0, Bins - 1);
        _confidence[bin] += confidence;
        _counts[bin]++;
        if (hit) _hits[bin]++;
        _images++;
    }

    /// <summary>The bins that are not empty, with their number of images, mean confidence and accuracy.</summary>
    internal IEnumerable<(int Images, double Confidence, double Accuracy)> ToBins() =>
        from bin in Enumerable.Range(0, Bins)
        where _counts[bin] > 0
        select (_counts[bin], _confidence[bin] / _counts[bin], (double)_hits[bin] / _counts[bin]);

    /// <summary>The mean over images of |accuracy - mean confidence| of their bin.</summary>
    internal double ToError() => Enumerable.Range(0, Bins).Sum(bin => Math.Abs(_hits[bin] - _confidence[bin])) / _images;
}
