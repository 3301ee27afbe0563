using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.MLNet.Evaluation;

/// <summary>How good a classifier is on one class.</summary>
/// <param name="Label">The label.</param>
/// <param name="Images">The number of images of the class.</param>
/// <param name="Predicted">The number of images that were predicted to be of the class.</param>
/// <param name="Correct">The number of images of the class that were predicted to be of it.</param>
public sealed record ClassReport(string Label, int Images, int Predicted, int Correct)
{
    /// <summary>The share of the images of the class that were recognized, from 0 to 1; NaN if there are none.</summary>
    public double Recall => (double)Correct / Images;

    /// <summary>The 95 % confidence interval of <see cref="Recall"/>.</summary>
    public AccuracyInterval RecallInterval => AccuracyInterval.Of(Images == 0 ? 0 : Recall, Images);

    /// <summary>The share of the images predicted to be of the class that are of it, from 0 to 1; NaN if there are none.</summary>
    public double Precision => (double)Correct / Predicted;

    internal static ClassReport Create(string name, int label, int[][] confusion) =>
        new(name, confusion[label].Sum(), confusion.Sum(row => row[label]), confusion[label][label]);
}

/// <summary>The images that were predicted with about the same probability.</summary>
/// <param name="Images">The number of images.</param>
/// <param name="Confidence">The mean probability of the predicted class, from 0 to 1.</param>
/// <param name="Accuracy">The share of the images that are classified correctly, from 0 to 1; equal to <paramref name="Confidence"/> if the probabilities are
/// well calibrated.</param>
public sealed record CalibrationBin(int Images, double Confidence, double Accuracy);
