using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Backbone.Training;

/// <summary>The progress of a run after a step.</summary>
public sealed record TrainingProgress
{
    /// <summary>The epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Total number of epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>The step within the epoch, counted from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Number of steps per epoch.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Mean loss over the epoch so far.</summary>
    public required double Loss { get; init; }

    /// <summary>Share of the epoch's images so far that were classified correctly, each measured before its step.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Training images per second over the epoch so far.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Estimated time to the end of the run.</summary>
    public required TimeSpan TimeLeft { get; init; }
}

/// <summary>Callbacks of a run. All are called on the thread that runs the training.</summary>
internal sealed record TrainingCallbacks
{
    /// <summary>
    /// Called once before the first step with the planned memory in bytes: the engine's workspace, the kept weights, the data queue, and a checkpoint while it
    /// is written.
    /// </summary>
    public Action<long>? Planned { get; init; }

    /// <summary>Called before the first step of a run that resumes from a checkpoint, with a message for the log.</summary>
    public Action<string>? Resumed { get; init; }

    /// <summary>
    /// Called after the head was solved (<see cref="TrainingOptions.SolveHead"/>), with its accuracy and mean log loss on folds of the training set, each fold
    /// predicted by a head fitted to the others.
    /// </summary>
    public Action<double, double>? HeadSolved { get; init; }

    /// <summary>Called after every step, and after its checkpoint if one is due.</summary>
    public Action<TrainingProgress>? Step { get; init; }

    /// <summary>Called after every epoch, its checkpoint and its line in the metrics file.</summary>
    public Action<EpochMetrics>? Epoch { get; init; }

    /// <summary>Called with a message about something that failed without ending the run, such as a file that cannot be written.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Called often, also within a batch; may throw <see cref="OperationCanceledException"/> to end the run early.</summary>
    public Action? CheckAlive { get; init; }
}
