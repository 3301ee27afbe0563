namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>What one epoch came to.</summary>
public sealed record EpochMetrics
{
    /// <summary>The epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Mean loss over the epoch's training images, against the smoothed targets, each before its step.</summary>
    public required double TrainLoss { get; init; }

    /// <summary>
    /// Share of the epoch's augmented training images that were classified right, each before its step. A mixed image's class is that of its larger part.
    /// </summary>
    public required double TrainAccuracy { get; init; }

    /// <summary>The validation set as a whole; null in epochs without evaluation.</summary>
    public ValidationMetrics? Validation { get; init; }

    /// <summary>
    /// The same with the average of the weights (<see cref="TrainingOptions.AverageDecay"/>); null without average, and in epochs without evaluation.
    /// </summary>
    public ValidationMetrics? AverageValidation { get; init; }

    /// <summary>Learning rate of the epoch's last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training images per second, evaluation not counted.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Seconds that the epoch took, evaluation included.</summary>
    public required double Seconds { get; init; }
}
