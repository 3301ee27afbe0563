using static System.FormattableString;

namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>
/// The 95 % confidence interval of an accuracy (Wilson, "Probable inference, the law of succession, and statistical inference", 1927): what the accuracy on
/// other images of the same kind may well be. It stays within 0 and 1 and is right for a handful of images, where accuracy plus or minus twice its standard
/// error is not.
/// </summary>
/// <param name="Low">Lower end, from 0 to 1.</param>
/// <param name="High">Upper end, from 0 to 1.</param>
public readonly record struct AccuracyInterval(double Low, double High)
{
    // The 97.5 % quantile of the normal distribution.
    private const double Quantile = 1.959963984540054;

    /// <summary>The interval of an accuracy measured on some images.</summary>
    /// <param name="accuracy">The share of the images that were classified correctly, from 0 to 1.</param>
    /// <param name="images">Number of images, at least 0; without any, the interval is from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static AccuracyInterval Of(double accuracy, int images)
    {
        Check.Holds(accuracy is >= 0 and <= 1, accuracy, nameof(accuracy), "from 0 to 1");
        Check.AtLeast(images, 0, nameof(images));
        if (images == 0) return new AccuracyInterval(0, 1);
        double square = Quantile * Quantile / images, middle = (accuracy + (square / 2)) / (1 + square);
        double half = Quantile / (1 + square) * Math.Sqrt((accuracy * (1 - accuracy) / images) + (square / (4 * images)));
        return new AccuracyInterval(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }

    /// <summary>The interval, such as "0.62 to 0.86".</summary>
    public override string ToString() => Invariant($"{Low:0.00} to {High:0.00}");
}
