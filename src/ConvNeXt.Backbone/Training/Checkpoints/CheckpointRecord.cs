using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Loop;
using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>
/// The contents of a checkpoint besides its tensors, stored as JSON. No random state is stored: random numbers depend only on the seed, the epoch and the step.
/// </summary>
internal sealed record CheckpointRecord
{
    public const int CurrentVersion = 1;

    public required int Version { get; init; }

    /// <summary>The interrupted epoch, from 0.</summary>
    public required int Epoch { get; init; }

    /// <summary>Number of steps of that epoch that were completed.</summary>
    public required int Step { get; init; }

    /// <summary>Sums over those steps.</summary>
    public required EpochSums Sums { get; init; }

    /// <summary>Total number of steps that a time budget planned.</summary>
    public int? TotalSteps { get; init; }

    public required double ElapsedSeconds { get; init; }

    public required ImmutableArray<EpochMetrics> Epochs { get; init; }

    /// <summary>Index of the best epoch; null before the first evaluation.</summary>
    public int? Best { get; init; }

    public required bool IsAverage { get; init; }

    public required int EvaluationsSinceBest { get; init; }

    /// <summary>Number of optimizer updates of each parameter.</summary>
    public required ImmutableDictionary<string, long> Steps { get; init; }

    public required long Seed { get; init; }

    /// <summary>Options, network and data of the run, see <see cref="RunIdentity"/>.</summary>
    public required ImmutableSortedDictionary<string, string> Identity { get; init; }

    /// <summary>Checks that the parts are consistent, because the file is untrusted.</summary>
    /// <exception cref="InvalidDataException">The parts are inconsistent.</exception>
    public void Check(string path)
    {
        if (Version != CurrentVersion) throw new InvalidDataException($"The checkpoint '{path}' has version {Version}; expected version {CurrentVersion}.");
        bool fits = Epoch >= 0 && Step >= 0 && Sums.Images >= 0 && TotalSteps is null or > 0 && ElapsedSeconds >= 0 && double.IsFinite(ElapsedSeconds)
            && Epochs is { IsDefault: false } && Epochs.Length == Epoch && !Epochs.Contains(null!)
            && (Best is null || (Best >= 0 && Best < Epochs.Length && BestMetrics is not null)) && EvaluationsSinceBest >= 0
            && Steps is not null && Identity is not null;
        if (!fits) throw new InvalidDataException($"The checkpoint '{path}' is damaged: its position, metrics and counts are inconsistent.");
    }

    private ValidationMetrics? BestMetrics => IsAverage ? Epochs[Best!.Value].AverageValidation : Epochs[Best!.Value].Validation;
}
