namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>
/// Temperature scaling (Guo et al. 2017, section 4.2): one number by which all logits are divided before the softmax, fitted to the labels of a validation set.
/// It makes probabilities fit how often the network is right, and leaves which class is the likeliest as it is.
/// </summary>
internal static class TemperatureScaling
{
    /// <summary>
    /// The least and the largest temperature that is given. A set on which every image is right has its best fit at 0, which would make every probability 0 or 1:
    /// the bound is taken instead.
    /// </summary>
    public const double Least = 0.1, Largest = 10;

    private const int MostSteps = 100;
    private const double Precision = 1e-12;

    /// <summary>Finds the temperature with the least mean cross-entropy.</summary>
    /// <param name="logits">The logits of each image, all of one length.</param>
    /// <param name="labels">The class of each image.</param>
    /// <returns>In [<see cref="Least"/>, <see cref="Largest"/>].</returns>
    /// <exception cref="ArgumentException">There are no images, or not a label for each.</exception>
    public static double Fit(IReadOnlyList<float[]> logits, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        if (logits.Count == 0 || logits.Count != labels.Count)
            throw new ArgumentException($"There are {logits.Count} images and {labels.Count} labels; wanted is at least one image, and a label for each.", nameof(labels));

        // In the inverse temperature the loss is convex: Newton's method, held between bounds that close in on the root of the slope.
        double low = 1 / Largest, high = 1 / Least, inverse = 1;
        if (Slope(logits, labels, low).First >= 0) return Largest;
        if (Slope(logits, labels, high).First <= 0) return Least;
        for (int step = 0; step < MostSteps; step++)
        {
            (double slope, double curvature) = Slope(logits, labels, inverse);
            if (slope > 0) high = inverse;
            else low = inverse;
            double next = inverse - (slope / curvature);
            if (!(next > low && next < high)) next = 0.5 * (low + high);
            bool done = Math.Abs(next - inverse) <= Precision * inverse;
            inverse = next;
            if (done) break;
        }
        return 1 / inverse;
    }

    /// <summary>
    /// First and second derivative of the summed cross-entropy by the inverse temperature: the logits' mean under the softmax less the label's, and their variance.
    /// </summary>
    private static (double First, double Second) Slope(IReadOnlyList<float[]> logits, IReadOnlyList<int> labels, double inverse)
    {
        double first = 0, second = 0;
        for (int image = 0; image < logits.Count; image++)
        {
            float[] scores = logits[image];
            float largest = scores.Max();
            double sum = 0, mean = 0, square = 0;
            foreach (float score in scores)
            {
                double below = (double)score - largest, weight = Math.Exp(inverse * below);
                sum += weight;
                mean += weight * below;
                square += weight * below * below;
            }
            mean /= sum;
            first += mean - ((double)scores[labels[image]] - largest);
            second += (square / sum) - (mean * mean);
        }
        return (first, second);
    }
}

/// <summary>What temperature scaling came to on the validation set.</summary>
/// <param name="Temperature">What logits are to be divided by before the softmax.</param>
/// <param name="Before">The kept weights' metrics without it.</param>
/// <param name="After">Their metrics with it; accuracies are the same. On the very images that it was fitted to, so a little too good.</param>
internal sealed record Calibration(double Temperature, ValidationMetrics Before, ValidationMetrics After);
