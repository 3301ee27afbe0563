using System.Collections.Immutable;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Robustness;

/// <summary>How well a classifier recognizes corrupted images.</summary>
/// <param name="Images">Number of images that could be read.</param>
/// <param name="Accuracy">Share of the images that are recognized without a corruption, from 0 to 1, at the same resolution as with one.</param>
/// <param name="Corruptions">The results, in the order of the options.</param>
public sealed record RobustnessReport(int Images, double Accuracy, ImmutableArray<CorruptionResult> Corruptions)
{
    // Table 1 of Hendrycks and Dietterich (2019).
    private const double AlexNetCleanError = 0.435;

    /// <summary>Mean accuracy over corruptions and severities, from 0 to 1.</summary>
    public double MeanAccuracy => Corruptions.Average(result => result.MeanAccuracy);

    /// <summary>
    /// The mean corruption error (mCE) in percent: the error for each corruption, divided by that of a baseline, on average. 100 is as good as the baseline;
    /// lower is better. Against AlexNet it has a meaning for classifiers of ImageNet's 1000 classes only.
    /// </summary>
    /// <param name="baseline">The report of another model with the same corruptions and severities; null for AlexNet.</param>
    /// <exception cref="ArgumentException">The baseline lacks a corruption or makes no error for it, or AlexNet's error is not known.</exception>
    public double ComputeMeanCorruptionError(RobustnessReport? baseline = null) =>
        100 * Corruptions.Average(result => (1 - result.MeanAccuracy) / Positive(result, baseline is null ? AlexNetError(result) : 1 - baseline.Find(result).MeanAccuracy));

    /// <summary>
    /// The relative mean corruption error in percent: what a corruption adds to the error without one, divided by what it adds for a baseline, on average.
    /// </summary>
    /// <param name="baseline">The report of another model with the same corruptions and severities; null for AlexNet.</param>
    /// <exception cref="ArgumentException">The baseline lacks a corruption or loses nothing by it, or AlexNet's error is not known.</exception>
    public double ComputeRelativeMeanCorruptionError(RobustnessReport? baseline = null) => 100 * Corruptions.Average(result => (Accuracy - result.MeanAccuracy)
        / Positive(result, baseline is null ? AlexNetError(result) - AlexNetCleanError : baseline.Accuracy - baseline.Find(result).MeanAccuracy));

    /// <summary>Says in a sentence what costs least and what costs most.</summary>
    public string Describe()
    {
        CorruptionResult least = Corruptions.MaxBy(result => result.MeanAccuracy)!, most = Corruptions.MinBy(result => result.MeanAccuracy)!;
        return Invariant($"{Accuracy:P1} of {Images} images are recognized as they are. ") + (Corruptions.Length == 1
            ? Invariant($"{Readable(most)} costs {Loss(most)}.")
            : Invariant($"{Readable(least)} costs least ({Loss(least)}), {Readable(most)} most ({Loss(most)}), all {Corruptions.Length} on average {Points(MeanAccuracy)}."));
    }

    private string Loss(CorruptionResult result) => Points(result.MeanAccuracy);

    private string Points(double accuracy) => Invariant($"{100 * (Accuracy - accuracy):0.0} points");

    private static string Readable(CorruptionResult result) => result.Corruption.Name.Replace('_', ' ');

    private static double AlexNetError(CorruptionResult result) => result.Corruption.AlexNetError
        ?? throw new ArgumentException($"AlexNet's error for {result.Corruption.Name} is not known; give another model's report as the baseline.");

    private static double Positive(CorruptionResult result, double error) => error > 0
        ? error
        : throw new ArgumentException($"The baseline loses nothing by {result.Corruption.Name}, so nothing can be divided by its error.");

    private CorruptionResult Find(CorruptionResult wanted) => Corruptions.FirstOrDefault(result => result.Corruption == wanted.Corruption)
        is { } found && found.Accuracies.Select(item => item.Severity).SequenceEqual(wanted.Accuracies.Select(item => item.Severity))
        ? found
        : throw new ArgumentException($"The baseline has no result for {wanted.Corruption.Name} with the same severities.");
}

/// <summary>The result for a corruption.</summary>
/// <param name="Corruption">The corruption.</param>
/// <param name="Accuracies">The result of each severity, in the order of the options.</param>
public sealed record CorruptionResult(ImageCorruption Corruption, ImmutableArray<SeverityResult> Accuracies)
{
    /// <summary>Mean accuracy over the severities, from 0 to 1.</summary>
    public double MeanAccuracy => Accuracies.Average(item => item.Accuracy);
}

/// <summary>The result for a severity of a corruption.</summary>
/// <param name="Severity">From 1 to 5.</param>
/// <param name="Accuracy">Share of the images that are recognized, from 0 to 1.</param>
public sealed record SeverityResult(int Severity, double Accuracy);
