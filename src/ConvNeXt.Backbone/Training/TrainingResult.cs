using System.Collections.Immutable;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Weights;
namespace ConvNeXt.Backbone.Training;

/// <summary>What a run came to.</summary>
internal sealed record TrainingResult
{
    /// <summary>The weights of the best evaluated epoch; without validation set, or before its first evaluation, the last ones.</summary>
    public required WeightSet Weights { get; init; }

    /// <summary>Whether they are the average of the weights (<see cref="TrainingOptions.AverageDecay"/>).</summary>
    public required bool IsAverage { get; init; }

    /// <summary>The epoch that the weights are from; null where they are just the last ones.</summary>
    public EpochMetrics? BestEpoch { get; init; }

    /// <summary>The epochs that were finished.</summary>
    public required ImmutableArray<EpochMetrics> Epochs { get; init; }

    /// <summary>
    /// The temperature for the weights; null where <see cref="TrainingOptions.CalibrateTemperature"/> was not set, or the run was ended early by its caller.
    /// </summary>
    public Calibration? Calibration { get; init; }

    /// <summary>
    /// How images were prepared and have to be for these weights: the options' preprocessing, with the statistics that were measured where
    /// <see cref="TrainingOptions.NormalizeByTrainingSet"/> asks for them.
    /// </summary>
    public required ImagePreprocessing Preprocessing { get; init; }

    /// <summary>Whether the run was ended early by its caller.</summary>
    public required bool Cancelled { get; init; }

    /// <summary>Whether it ended because it had waited long enough for a better epoch (<see cref="TrainingOptions.EarlyStoppingPatience"/>).</summary>
    public required bool StoppedEarly { get; init; }

    /// <summary>Bytes that were planned for the engine's workspace, the weights that are kept, the data queue, and a checkpoint while it is written.</summary>
    public required long PlannedBytes { get; init; }

    /// <summary>The images that were left out, training set first.</summary>
    public required ImmutableArray<UnreadableImage> UnreadableImages { get; init; }
}

/// <summary>An item that was left out because its picture cannot be read.</summary>
/// <param name="Index">Of the item in its source.</param>
/// <param name="Description">The source's name of the item.</param>
/// <param name="Reason">Why it cannot be read.</param>
/// <param name="IsValidation">Whether it belongs to the validation set.</param>
internal sealed record UnreadableImage(int Index, string Description, string Reason, bool IsValidation);
