using System.Collections.Immutable;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training;

/// <summary>The result of a run.</summary>
internal sealed record TrainingResult
{
    /// <summary>The weights of the best evaluated epoch; the last weights if there is no validation set or no evaluation has finished.</summary>
    public required WeightSet Weights { get; init; }

    /// <summary>Whether the weights are the moving average (<see cref="TrainingOptions.AverageDecay"/>).</summary>
    public required bool IsAverage { get; init; }

    /// <summary>The epoch that the weights are from; null if they are the last weights.</summary>
    public EpochMetrics? BestEpoch { get; init; }

    /// <summary>The completed epochs.</summary>
    public required ImmutableArray<EpochMetrics> Epochs { get; init; }

    /// <summary>The temperature for the weights; null if <see cref="TrainingOptions.CalibrateTemperature"/> is not set or the run was canceled.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>
    /// The preprocessing that was used for training and that the weights require: that of the options, with the measured statistics if
    /// <see cref="TrainingOptions.NormalizeByTrainingSet"/> is set.
    /// </summary>
    public required ImagePreprocessing Preprocessing { get; init; }

    /// <summary>Whether the caller canceled the run.</summary>
    public required bool Cancelled { get; init; }

    /// <summary>Whether the run ended by early stopping (<see cref="TrainingOptions.EarlyStoppingPatience"/>).</summary>
    public required bool StoppedEarly { get; init; }

    /// <summary>The planned memory in bytes: the engine's workspace, the kept weights, the data queue, and a checkpoint while it is written.</summary>
    public required long PlannedBytes { get; init; }

    /// <summary>The excluded images, training set first.</summary>
    public required ImmutableArray<UnreadableImage> UnreadableImages { get; init; }
}

/// <summary>An item that was excluded because its image cannot be read.</summary>
/// <param name="Index">Index of the item in its source.</param>
/// <param name="Description">The source's name for the item.</param>
/// <param name="Reason">Why the image cannot be read.</param>
/// <param name="IsValidation">Whether it belongs to the validation set.</param>
internal sealed record UnreadableImage(int Index, string Description, string Reason, bool IsValidation);
