using System.Collections.Immutable;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>Metrics over a whole validation set; all images have the same weight, regardless of the batches.</summary>
/// <param name="Loss">Mean cross-entropy against the labels, without smoothing or class weights.</param>
/// <param name="MicroAccuracy">Share of the images that are classified correctly.</param>
/// <param name="MacroAccuracy">Mean of <paramref name="PerClassRecall"/> over the classes that occur.</param>
/// <param name="TopKAccuracies">At index k - 1, the share of images whose label is among the k largest scores, for k from 1 to
/// <see cref="TrainingOptions.TopK"/> or the number of classes. Of equal scores, the first counts as larger.</param>
/// <param name="PerClassRecall">For each class, the share of its images that are classified correctly; NaN for a class that does not occur.</param>
/// <param name="ExpectedCalibrationError">Difference between confidence and accuracy, in [0, 1]: with images in 15 bins of equal width by the probability of
/// the predicted class, the mean over images of |share correct - mean probability| of their bin (Guo et al. 2017, "On Calibration of Modern Neural Networks",
/// equation 3).</param>
public sealed record ValidationMetrics(
    double Loss,
    double MicroAccuracy,
    double MacroAccuracy,
    ImmutableArray<double> TopKAccuracies,
    ImmutableArray<double> PerClassRecall,
    double ExpectedCalibrationError)
{
    /// <summary>Whether all values are equal.</summary>
    public bool Equals(ValidationMetrics? other) =>
        other is not null
        && Loss.Equals(other.Loss)
        && MicroAccuracy.Equals(other.MicroAccuracy)
        && MacroAccuracy.Equals(other.MacroAccuracy)
        && ExpectedCalibrationError.Equals(other.ExpectedCalibrationError)
        && TopKAccuracies.AsSpan().SequenceEqual(other.TopKAccuracies.AsSpan())
        && PerClassRecall.AsSpan().SequenceEqual(other.PerClassRecall.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Loss, MicroAccuracy, MacroAccuracy, ExpectedCalibrationError);

    /// <summary>Returns the losses and accuracies over all classes as one line of text.</summary>
    public override string ToString() =>
        Invariant($"loss {Loss:F4}, accuracy {MicroAccuracy:P1} (macro {MacroAccuracy:P1}), calibration error {ExpectedCalibrationError:P1}");

    /// <summary>Whether these metrics are better by the given metric; in a tie, the lower loss is better.</summary>
    internal bool IsBetterThan(ValidationMetrics other, SelectionMetric metric)
    {
        double difference = metric switch
        {
            SelectionMetric.MicroAccuracy => MicroAccuracy - other.MicroAccuracy,
            SelectionMetric.MacroAccuracy => MacroAccuracy - other.MacroAccuracy,
            _ => 0,
        };
        return difference > 0 || (difference == 0 && Loss < other.Loss);
    }
}
