using static System.FormattableString;

namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>Metrics of one epoch.</summary>
public sealed record EpochMetrics
{
    /// <summary>The epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Mean loss over the epoch's training images against the smoothed targets, each measured before its step.</summary>
    public required double TrainLoss { get; init; }

    /// <summary>
    /// Share of the epoch's augmented training images that were classified correctly, each measured before its step. The class of a mixed image is that of its
    /// larger part.
    /// </summary>
    public required double TrainAccuracy { get; init; }

    /// <summary>Metrics of the whole validation set; null in epochs without evaluation.</summary>
    public ValidationMetrics? Validation { get; init; }

    /// <summary>
    /// Metrics of the whole validation set with the average of the weights (<see cref="TrainingOptions.AverageDecay"/>); null without an average and in epochs
    /// without evaluation.
    /// </summary>
    public ValidationMetrics? AverageValidation { get; init; }

    /// <summary>Learning rate of the epoch's last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training images per second, excluding evaluation.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Duration of the epoch in seconds, including evaluation.</summary>
    public required double Seconds { get; init; }

    /// <summary>Returns the metrics as one line of text.</summary>
    public override string ToString()
    {
        string validation = Validation is null ? "" : $"; validation {Validation}";
        string average = AverageValidation is { } a ? Invariant($"; averaged weights: loss {a.Loss:F4}, accuracy {a.MicroAccuracy:P1}") : "";
        return Invariant($"Epoch {Epoch}: loss {TrainLoss:F4}, accuracy {TrainAccuracy:P1}{validation}{average}; {ImagesPerSecond:F1} images/s");
    }
}
