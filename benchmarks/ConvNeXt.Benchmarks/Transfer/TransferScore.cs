using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Benchmarks.Transfer;

/// <summary>How good the probabilities of a set of test images are.</summary>
/// <param name="Accuracy">Share of the images whose most likely class is right.</param>
/// <param name="BalancedAccuracy">Mean over the classes of the share of their images that are right.</param>
/// <param name="LogLoss">Mean of -ln(probability of the right class), in nats.</param>
/// <param name="CalibrationError">Expected calibration error with 15 bins.</param>
internal sealed record TransferScore(double Accuracy, double BalancedAccuracy, double LogLoss, double CalibrationError)
{
    private const double LeastProbability = 1e-7;

    /// <summary>Measures.</summary>
    /// <param name="probabilities">Of each image and class.</param>
    /// <param name="labels">The right class of each image.</param>
    public static TransferScore Of(IReadOnlyList<float[]> probabilities, IReadOnlyList<int> labels)
    {
        var bins = new CalibrationBins();
        double loss = 0;
        bool[] right = new bool[labels.Count];
        for (int i = 0; i < right.Length; i++)
        {
            float confidence = probabilities[i].Max();
            right[i] = Array.IndexOf(probabilities[i], confidence) == labels[i];
            loss -= Math.Log(Math.Max(probabilities[i][labels[i]], LeastProbability));
            bins.Add(confidence, right[i]);
        }
        double balanced = Enumerable.Range(0, right.Length).GroupBy(i => labels[i]).Average(group => group.Average(i => right[i] ? 1.0 : 0));
        return new TransferScore(right.Count(hit => hit) / (double)right.Length, balanced, loss / right.Length, bins.ToError());
    }
}
