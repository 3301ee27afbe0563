using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// The state of a run besides the engine's: position, metrics and best weights. Together they make a checkpoint. It outlives the engine if the run is canceled.
/// </summary>
/// <param name="options">The training options.</param>
/// <param name="initialWeights">The result of a run that takes no step.</param>
/// <param name="mayOverwrite">Whether the run owns the initial weights, so that later weights can reuse their memory.</param>
/// <param name="choosesEpoch">Whether the best evaluated epoch is kept, or else the last one.</param>
internal sealed class RunProgress(TrainingOptions options, WeightSet initialWeights, bool mayOverwrite, bool choosesEpoch = true)
{
    private readonly ImmutableArray<EpochMetrics>.Builder _epochs = ImmutableArray.CreateBuilder<EpochMetrics>();
    private bool _mayOverwrite = mayOverwrite;

    internal long PlannedBytes { get; set; }

    internal bool Cancelled { get; set; }

    internal Calibration? Calibration { get; set; }

    /// <summary>The current epoch, counted from 0.</summary>
    internal int Epoch { get; private set; }

    /// <summary>Number of completed optimizer steps of the current epoch. When all are completed, its evaluation is next.</summary>
    internal int Step { get; private set; }

    /// <summary>Sums over those steps.</summary>
    internal EpochSums Sums { get; private set; }

    /// <summary>Total number of steps if a time budget planned it.</summary>
    internal int? TotalSteps { get; set; }

    /// <summary>Time that the run took so far, including the time before a resume.</summary>
    internal TimeSpan Elapsed { get; set; }

    /// <summary>The best weights, or the last ones if there was no evaluation.</summary>
    internal WeightSet Weights { get; private set; } = initialWeights;

    internal EpochMetrics? Best { get; private set; }

    /// <summary>Whether <see cref="Weights"/> are an average.</summary>
    internal bool IsAverage { get; private set; }

    /// <summary>Number of evaluations since that of <see cref="Best"/>.</summary>
    internal int EvaluationsSinceBest { get; private set; }

    /// <summary>Whether the patience for early stopping has run out.</summary>
    internal bool IsOutOfPatience => options.EarlyStoppingPatience is { } patience && EvaluationsSinceBest >= patience;

    /// <summary>Whether the run keeps an average of its weights.</summary>
    internal bool HasAverage => options.AverageDecay is not null;

    /// <summary>Adds a completed step.</summary>
    internal void AddStep(EpochSums sums)
    {
        Step++;
        Sums = sums;
    }

    /// <summary>Ends the epoch; keeps the engine's weights, or their average, if they are the best so far.</summary>
    internal void AddEpoch(EpochMetrics epoch, ITrainingEngine engine)
    {
        _epochs.Add(epoch);
        (Epoch, Step, Sums) = (Epoch + 1, 0, default);
        var (validation, isAverage) = Choose(epoch);
        if (validation is null) return;
        EvaluationsSinceBest++;
        if (choosesEpoch && Best is { } best && !validation.IsBetterThan((IsAverage ? best.AverageValidation : best.Validation)!, options.SelectionMetric)) return;
        (Best, EvaluationsSinceBest) = (epoch, 0);
        Keep(engine, isAverage);
    }

    /// <summary>Keeps the last weights as the result if there was no evaluation.</summary>
    internal void KeepLast(ITrainingEngine engine)
    {
        if (Best is null) Keep(engine, HasAverage && options.WeightSelection == WeightSelection.Average);
    }

    /// <summary>Creates the record of a checkpoint.</summary>
    internal CheckpointRecord ToRecord(ImmutableDictionary<string, long> steps, ImmutableSortedDictionary<string, string> identity) => new()
    {
        Version = CheckpointRecord.CurrentVersion,
        Epoch = Epoch,
        Step = Step,
        Sums = Sums,
        TotalSteps = TotalSteps,
        ElapsedSeconds = Elapsed.TotalSeconds,
        Epochs = _epochs.ToImmutable(),
        Best = Best is null ? null : _epochs.IndexOf(Best),
        IsAverage = IsAverage,
        EvaluationsSinceBest = EvaluationsSinceBest,
        Steps = steps,
        Seed = options.Seed,
        Identity = identity,
    };

    /// <summary>Restores the state from a checkpoint.</summary>
    /// <param name="record">The record of the checkpoint.</param>
    /// <param name="best">The best weights so far; null if there are none, or if new metrics are not comparable with theirs.</param>
    /// <param name="isChanged">Whether the run differs from that of the checkpoint: the interrupted epoch is then restarted, and the schedule is that of the
    /// options.</param>
    internal void Restore(CheckpointRecord record, WeightSet? best, bool isChanged)
    {
        _epochs.AddRange(record.Epochs);
        (Epoch, Elapsed) = (record.Epoch, TimeSpan.FromSeconds(record.ElapsedSeconds));
        if (!isChanged) (Step, Sums, TotalSteps) = (record.Step, record.Sums, record.TotalSteps);
        if (best is null) return;
        (Weights, _mayOverwrite, Best, IsAverage, EvaluationsSinceBest) = (best, true, _epochs[record.Best!.Value], record.IsAverage, record.EvaluationsSinceBest);
    }

    internal TrainingResult ToResult(ImagePreprocessing preprocessing, ImmutableArray<UnreadableImage> unreadable) => new()
    {
        Preprocessing = preprocessing,
        Weights = Weights,
        IsAverage = IsAverage,
        BestEpoch = Best,
        Epochs = _epochs.ToImmutable(),
        Calibration = Calibration,
        Cancelled = Cancelled,
        StoppedEarly = IsOutOfPatience,
        PlannedBytes = PlannedBytes,
        UnreadableImages = unreadable,
    };

    private (ValidationMetrics? Metrics, bool IsAverage) Choose(EpochMetrics epoch)
    {
        if (epoch.AverageValidation is not { } average || epoch.Validation is not { } current) return (epoch.Validation, false);
        bool isAverage = options.WeightSelection switch
        {
            WeightSelection.Current => false,
            WeightSelection.Average => true,
            _ => average.IsBetterThan(current, options.SelectionMetric),
        };
        return (isAverage ? average : current, isAverage);
    }

    // Reuses the memory of the previous weights: a run has one copy, as planned.
    private void Keep(ITrainingEngine engine, bool average)
    {
        if (_mayOverwrite) engine.ExportWeights(Weights, average);
        else Weights = engine.ExportWeights(average);
        (_mayOverwrite, IsAverage) = (true, average);
    }
}

/// <summary>Sums over the training steps of an epoch so far.</summary>
/// <param name="Loss">Sum of the losses of the images.</param>
/// <param name="Images">Number of images trained on.</param>
/// <param name="Hits">Number of images classified correctly.</param>
/// <param name="LearningRate">Learning rate of the last step.</param>
/// <param name="Seconds">Duration of the steps in seconds.</param>
internal readonly record struct EpochSums(double Loss, int Images, int Hits, double LearningRate, double Seconds)
{
    /// <summary>Number of those images that have no label, so that they are neither right nor wrong.</summary>
    public int Unlabeled { get; init; }

    internal double MeanLoss => Images == 0 ? 0 : Loss / Images;

    internal double Accuracy => Images == Unlabeled ? 0 : (double)Hits / (Images - Unlabeled);

    internal double ImagesPerSecond => Seconds == 0 ? 0 : Images / Seconds;
}
