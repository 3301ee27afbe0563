namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>
/// Temperature scaling (Guo et al. 2017, section 4.2): one number, fitted to the labels of a validation set, by which all logits are divided before the
/// softmax. Probabilities then match how often the network is right; the predicted classes do not change.
/// </summary>
internal static class TemperatureScaling
{
    /// <summary>
    /// Limits of the temperature. If every image is classified correctly, the best fit is 0, which would make every probability 0 or 1; the lower limit is
    /// returned instead.
    /// </summary>
    public const double Least = 0.1, Largest = 10;

    private const int MostSteps = 100;
    private const double Precision = 1e-12;

    /// <summary>Finds the temperature with the lowest mean cross-entropy.</summary>
    /// <param name="logits">The logits of each image, all of the same length.</param>
    /// <param name="labels">The class of each image.</param>
    /// <returns>In [<see cref="Least"/>, <see cref="Largest"/>].</returns>
    /// <exception cref="ArgumentException">There are no images, or the numbers of images and labels differ.</exception>
    public static double Fit(IReadOnlyList<float[]> logits, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        if (logits.Count == 0 || logits.Count != labels.Count)
            throw new ArgumentException($"The numbers of images ({logits.Count}) and labels ({labels.Count}) must be equal and at least 1.", nameof(labels));

        // The loss is convex in the inverse temperature: Newton's method, or bisection where it leaves the bounds around the root of the slope.
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
    /// First and second derivative of the summed cross-entropy with respect to the inverse temperature: the mean of the logits under the softmax minus the
    /// label's logit, and their variance.
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

/// <summary>The result of temperature scaling on the validation set.</summary>
/// <param name="Temperature">Divisor of the logits before the softmax.</param>
/// <param name="Before">Metrics of the kept weights without the temperature.</param>
/// <param name="After">Metrics with the temperature; accuracies are the same. Measured on the images that it was fitted to, so slightly optimistic.</param>
internal sealed record Calibration(double Temperature, ValidationMetrics Before, ValidationMetrics After);
