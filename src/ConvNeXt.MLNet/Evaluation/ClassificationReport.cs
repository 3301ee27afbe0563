using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.MLNet.Evaluation;

/// <summary>
/// How good a classifier is on labeled images: accuracies with their 95 % intervals, the confusion matrix, and whether the probabilities match how often the
/// classifier is right.
/// </summary>
public sealed record ClassificationReport
{
    // As ML.NET's Evaluate: the logarithm of a probability of 0 would make the whole mean infinite.
    private const double LeastProbability = 1e-15;

    private ClassificationReport()
    {
    }

    /// <summary>The number of images that could be read.</summary>
    public required int Images { get; init; }

    /// <summary>The images that could not be read; they do not count in any number.</summary>
    public required ImmutableArray<ImagePrediction> Unreadable { get; init; }

    /// <summary>The share of the images that are classified correctly, from 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The 95 % confidence interval of <see cref="Accuracy"/>.</summary>
    public AccuracyInterval AccuracyInterval => AccuracyInterval.Of(Accuracy, Images);

    /// <summary>The mean recall of the classes that occur, from 0 to 1.</summary>
    public required double BalancedAccuracy { get; init; }

    /// <summary>The mean of -ln(probability of the right class). Lower is better; always saying 1 / classes gives ln(classes).</summary>
    public required double LogLoss { get; init; }

    /// <summary>
    /// The expected calibration error, from 0 to 1: the mean over images of |share correct - mean probability| of their bin of <see cref="Calibration"/>.
    /// </summary>
    public required double CalibrationError { get; init; }

    /// <summary>The images in 15 bins of equal width by the probability of the predicted class, without empty bins.</summary>
    public required ImmutableArray<CalibrationBin> Calibration { get; init; }

    /// <summary>The classes of the model, in its order.</summary>
    public required ImmutableArray<ClassReport> Classes { get; init; }

    /// <summary>The confusion matrix: at [actual class][predicted class], the number of images.</summary>
    public required ImmutableArray<ImmutableArray<int>> Confusion { get; init; }

    /// <summary>The most frequent class.</summary>
    public ClassReport CommonestClass => Classes.MaxBy(label => label.Images)!;

    /// <summary>The accuracy of always predicting <see cref="CommonestClass"/>, from 0 to 1. A useful classifier is above it.</summary>
    public double CommonestClassAccuracy => (double)CommonestClass.Images / Images;

    /// <summary>Computes the report.</summary>
    /// <param name="labelNames">The labels, in the order of the scores.</param>
    /// <param name="predictions">The predictions.</param>
    /// <param name="labels">For each prediction, the index of the right label.</param>
    /// <exception cref="ArgumentException">The numbers of predictions and labels differ, a label or the number of scores is wrong, or no image was
    /// read.</exception>
    public static ClassificationReport Create(IReadOnlyList<string> labelNames, IReadOnlyList<ImagePrediction> predictions, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(labelNames);
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(labels);
        if (predictions.Count != labels.Count)
            throw new ArgumentException($"There are {predictions.Count} predictions and {labels.Count} labels.", nameof(labels));
        int classes = labelNames.Count, images = 0;
        int[][] confusion = [.. Enumerable.Range(0, classes).Select(_ => new int[classes])];
        var bins = new CalibrationBins();
        double loss = 0;
        for (int i = 0; i < labels.Count; i++)
        {
            ImagePrediction prediction = predictions[i];
            int label = labels[i];
            if (label < 0 || label >= classes) throw new ArgumentException($"Label {label} is not one of {classes} classes.", nameof(labels));
            if (prediction.Problem is not null) continue;
            if (prediction.Scores.Length != classes)
                throw new ArgumentException($"'{prediction.ImagePath}' has {prediction.Scores.Length} scores for {classes} classes.", nameof(predictions));
            images++;
            confusion[label][prediction.Class]++;
            loss -= Math.Log(Math.Max(prediction.Scores[label], LeastProbability));
            bins.Add(prediction.Scores[prediction.Class], prediction.Class == label);
        }
        if (images == 0) throw new ArgumentException("None of the images could be read.", nameof(predictions));
        ImmutableArray<ClassReport> reports = [.. labelNames.Select((name, label) => ClassReport.Create(name, label, confusion))];
        return new ClassificationReport
        {
            Images = images,
            Unreadable = [.. predictions.Where(prediction => prediction.Problem is not null)],
            Accuracy = (double)reports.Sum(report => report.Correct) / images,
            BalancedAccuracy = reports.Where(report => report.Images > 0).Average(report => report.Recall),
            LogLoss = loss / images,
            CalibrationError = bins.ToError(),
            Calibration = [.. bins.ToBins().Select(bin => new CalibrationBin(bin.Images, bin.Confidence, bin.Accuracy))],
            Classes = reports,
            Confusion = [.. confusion.Select(row => ImmutableArray.Create(row))],
        };
    }
}
