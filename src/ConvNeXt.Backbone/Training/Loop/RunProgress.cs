using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Weights;
namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// Where a run stands and what it has come to so far; with the engine's state it is all that a run goes on from. It outlives the engine when the run is
/// cancelled.
/// </summary>
/// <param name="options">How the run trains.</param>
/// <param name="initialWeights">The result of a run that takes no step.</param>
/// <param name="mayOverwrite">Whether they are this run's own, so that later weights can take their memory.</param>
internal sealed class RunProgress(TrainingOptions options, WeightSet initialWeights, bool mayOverwrite)
{
    private readonly ImmutableArray<EpochMetrics>.Builder _epochs = ImmutableArray.CreateBuilder<EpochMetrics>();
    private bool _mayOverwrite = mayOverwrite;

    internal long PlannedBytes { get; set; }

    internal bool Cancelled { get; set; }

    internal Calibration? Calibration { get; set; }

    /// <summary>The current epoch, counted from 0.</summary>
    internal int Epoch { get; private set; }

    /// <summary>Optimizer steps of the current epoch that were taken. When they are all, its evaluation is next.</summary>
    internal int Step { get; private set; }

    /// <summary>Sums over those steps.</summary>
    internal EpochSums Sums { get; private set; }

    /// <summary>Steps of the whole run where a time budget planned them.</summary>
    internal int? TotalSteps { get; set; }

    /// <summary>Time that the run took so far, that before a resumption included.</summary>
    internal TimeSpan Elapsed { get; set; }

    /// <summary>The best weights, or without any evaluation the last.</summary>
    internal WeightSet Weights { get; private set; } = initialWeights;

    internal EpochMetrics? Best { get; private set; }

    /// <summary>Whether <see cref="Weights"/> are an average.</summary>
    internal bool IsAverage { get; private set; }

    /// <summary>Evaluations since that of <see cref="Best"/>.</summary>
    internal int EvaluationsSinceBest { get; private set; }

    /// <summary>Whether the run has waited long enough for a better epoch.</summary>
    internal bool IsOutOfPatience => options.EarlyStoppingPatience is { } patience && EvaluationsSinceBest >= patience;

    /// <summary>Whether the run keeps an average of its weights.</summary>
    internal bool HasAverage => options.AverageDecay is not null;

    /// <summary>A step was taken.</summary>
    internal void AddStep(EpochSums sums)
    {
        Step++;
        Sums = sums;
    }

    /// <summary>Ends the epoch; the engine's weights, or their average, are kept if they are the best.</summary>
    internal void AddEpoch(EpochMetrics epoch, ITrainingEngine engine)
    {
        _epochs.Add(epoch);
        (Epoch, Step, Sums) = (Epoch + 1, 0, default);
        var (validation, isAverage) = Choose(epoch);
        if (validation is null) return;
        EvaluationsSinceBest++;
        if (Best is { } best && !validation.IsBetterThan((IsAverage ? best.AverageValidation : best.Validation)!, options.SelectionMetric)) return;
        (Best, EvaluationsSinceBest) = (epoch, 0);
        Keep(engine, isAverage);
    }

    /// <summary>Without any evaluation the last weights are the result.</summary>
    internal void KeepLast(ITrainingEngine engine)
    {
        if (Best is null) Keep(engine, HasAverage && options.WeightSelection == WeightSelection.Average);
    }

    /// <summary>What a checkpoint holds of it.</summary>
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

    /// <summary>Goes to where a checkpoint was written.</summary>
    /// <param name="record">What it holds.</param>
    /// <param name="best">The best weights so far; null where there are none, or where what is measured from now on cannot be compared with them.</param>
    /// <param name="isChanged">
    /// Whether the run is not quite that of the checkpoint: the interrupted epoch is then begun anew, and the schedule is that of the options.
    /// </param>
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

    // In the memory of the weights before: a run has one copy, as planned.
    private void Keep(ITrainingEngine engine, bool average)
    {
        if (_mayOverwrite) engine.ExportWeights(Weights, average);
        else Weights = engine.ExportWeights(average);
        (_mayOverwrite, IsAverage) = (true, average);
    }
}

/// <summary>What the training of an epoch came to so far.</summary>
/// <param name="Loss">Sum of the losses of its images.</param>
/// <param name="Images">Images that were trained on.</param>
/// <param name="Hits">How many of them were classified right.</param>
/// <param name="LearningRate">Learning rate of the last step.</param>
/// <param name="Seconds">Time of the steps.</param>
internal readonly record struct EpochSums(double Loss, int Images, int Hits, double LearningRate, double Seconds)
{
    internal double MeanLoss => Images == 0 ? 0 : Loss / Images;

    internal double Accuracy => Images == 0 ? 0 : (double)Hits / Images;

    internal double ImagesPerSecond => Seconds == 0 ? 0 : Images / Seconds;
}
