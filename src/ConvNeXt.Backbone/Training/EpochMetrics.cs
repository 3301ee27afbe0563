namespace ConvNeXt.Backbone.Training;

/// <summary>What one epoch came to.</summary>
public sealed record EpochMetrics
{
    /// <summary>The epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Mean loss over the epoch's training images, against the smoothed targets, each before its step.</summary>
    public required double TrainLoss { get; init; }

    /// <summary>Share of the epoch's augmented training images that were classified right, each before its step.</summary>
    public required double TrainAccuracy { get; init; }

    /// <summary>The validation set as a whole; null in epochs without evaluation.</summary>
    public ValidationMetrics? Validation { get; init; }

    /// <summary>Learning rate of the epoch's last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training images per second, evaluation not counted.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Seconds that the epoch took, evaluation included.</summary>
    public required double Seconds { get; init; }
}

/// <summary>Metrics over a whole validation set; every image counts alike, whatever the batches.</summary>
/// <param name="Loss">Mean cross-entropy against the labels, without smoothing.</param>
/// <param name="MicroAccuracy">Share of the images that are classified right.</param>
/// <param name="MacroAccuracy">Mean over the classes that occur of the share of their images that are classified right.</param>
public sealed record ValidationMetrics(double Loss, double MicroAccuracy, double MacroAccuracy)
{
    /// <summary>Whether these are better: more images right, or as many and a lower loss.</summary>
    internal bool IsBetterThan(ValidationMetrics other) =>
        MicroAccuracy > other.MicroAccuracy || (MicroAccuracy == other.MicroAccuracy && Loss < other.Loss);
}
