using ConvNeXt.Backbone.Training;

namespace ConvNeXt.MLNet.Tuning;

/// <summary>What a search is doing.</summary>
public sealed record TuningProgress
{
    /// <summary>What is being trained, such as "trial 7, split 2 of 3".</summary>
    public required string Activity { get; init; }

    /// <summary>The time since the search began, in all sessions of a resumed search.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The last step; null between trainings.</summary>
    public TrainingProgress? Step { get; init; }

    /// <summary>A trial that was just measured, on all splits of its round; null otherwise.</summary>
    public TuningTrial? Measured { get; init; }
}
