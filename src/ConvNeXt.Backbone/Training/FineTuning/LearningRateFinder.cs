using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Weights;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>
/// The learning-rate range test ("Cyclical Learning Rates for Training Neural Networks", Smith 2017, section 3.3, with exponential growth): trains for some
/// steps while the learning rate rises from very small to very large, and finds where the loss falls and where it diverges. Batches, targets, augmentation and
/// optimizer are those of a <see cref="TrainingSession"/> with the same options. The given weights are copied and not changed.
/// </summary>
internal sealed class LearningRateFinder
{
    private readonly TrainingSession _session;
    private readonly LearningRateFinderOptions _sweep;
    private LearningRateSweep? _engine;

    /// <summary>Prepares a test. Only the labels are read.</summary>
    /// <param name="config">The network.</param>
    /// <param name="initialWeights">All weights of the network, or null to draw them from the seed.</param>
    /// <param name="options">The training options; learning rate, warmup, epochs, freezing by epochs and validation options are ignored. With
    /// <see cref="TrainingOptions.LinearProbe"/>, the rate is for the head alone.</param>
    /// <param name="train">The training set.</param>
    /// <param name="sweep">The range of the test; null for the default.</param>
    /// <param name="createEngine">Creates the training engine; null for the managed one.</param>
    /// <param name="createScoringEngine">Creates the engine that computes the features for a linear probe or runs the teacher; null for the managed one.</param>
    /// <param name="teacher">A network to learn from as well; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range, the set is empty, or a label is not a class of the network.</exception>
    public LearningRateFinder(
        ConvNeXtConfig config,
        WeightSet? initialWeights,
        TrainingOptions options,
        ILabeledImageSource train,
        LearningRateFinderOptions? sweep = null,
        TrainingEngineFactory? createEngine = null,
        ScoringEngineFactory? createScoringEngine = null,
        TrainingTeacher? teacher = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _sweep = sweep ?? new LearningRateFinderOptions();
        _sweep.Validate();
        _session = new TrainingSession(
            config,
            initialWeights,
            options with
            {
                Epochs = _sweep.Steps, // an epoch has at least one step; the sweep ends the run
                WarmupEpochs = 0,
                LearningRate = _sweep.LargestLearningRate,
                MinLearningRate = 0,
                FreezeBackboneEpochs = 0,
                UnfreezeStageEveryEpochs = 0,
                EarlyStoppingPatience = null,
                MaxTrainingTime = null,
                CalibrateTemperature = false,
                MetricsFile = null,
            },
            train,
            validation: null,
            createEngine,
            teacher)
        {
            CreateScoringEngine = createScoringEngine,
            WrapEngine = engine => _engine = new LearningRateSweep(engine, _sweep),
        };
    }

    /// <summary>Runs the test.</summary>
    /// <param name="checkAlive">Called often; may throw to stop the test.</param>
    /// <param name="cancellationToken">Cancels the test.</param>
    /// <exception cref="OperationCanceledException">The test was canceled.</exception>
    /// <exception cref="Imaging.UnreadableImageException">An image cannot be read and unreadable images are not skipped, or no image can be read.</exception>
    public LearningRateFinderResult Run(Action? checkAlive = null, CancellationToken cancellationToken = default)
    {
        _session.Run(new TrainingCallbacks { CheckAlive = checkAlive }, cancellationToken);
        if (_engine is not { IsFinished: true })
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new OperationCanceledException("The learning-rate test was canceled.");
        }
        return LearningRateFinderResult.Of(_engine.Losses, _sweep);
    }
}

/// <summary>Options of a learning-rate test.</summary>
public sealed record LearningRateFinderOptions
{
    /// <summary>The first learning rate, above 0.</summary>
    public double SmallestLearningRate { get; init; } = 1e-6;

    /// <summary>The last learning rate, above the first.</summary>
    public double LargestLearningRate { get; init; } = 1;

    /// <summary>Number of optimizer steps from the first to the last learning rate, at least 10.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Share of the previous value in the smoothed loss, in [0, 1); the start is bias-corrected like Adam's moments.</summary>
    public double Smoothing { get; init; } = 0.9;

    /// <summary>The test ends when the smoothed loss exceeds its minimum by this factor, above 1, or is not finite.</summary>
    public double DivergenceFactor { get; init; } = 3;

    /// <summary>The learning rate of a step, counted from 0.</summary>
    internal double RateOf(int step) => SmallestLearningRate * Math.Pow(LargestLearningRate / SmallestLearningRate, step / (Steps - 1.0));

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message says which one and what is allowed.</exception>
    public void Validate()
    {
        Check.Holds(SmallestLearningRate > 0, SmallestLearningRate, nameof(SmallestLearningRate), "above 0");
        bool rises = LargestLearningRate > SmallestLearningRate && double.IsFinite(LargestLearningRate);
        Check.Holds(rises, LargestLearningRate, nameof(LargestLearningRate), Invariant($"above the smallest, {SmallestLearningRate}"));
        Check.Holds(Steps >= 10, Steps, nameof(Steps), "at least 10");
        Check.Holds(Smoothing is >= 0 and < 1, Smoothing, nameof(Smoothing), "at least 0 and below 1");
        Check.Holds(DivergenceFactor > 1, DivergenceFactor, nameof(DivergenceFactor), "above 1");
    }
}
