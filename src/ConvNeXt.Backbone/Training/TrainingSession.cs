using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Trains a network on a labelled set: AdamW, cosine schedule with warmup, label smoothing, random resized crops, mirroring and stochastic depth, with the
/// whole validation set scored after the epochs. The result is bit-identical for the same seed, whatever the number of threads.
/// </summary>
public sealed class TrainingSession
{
    private readonly ConvNeXtConfig _config;
    private readonly WeightSet? _initialWeights;
    private readonly TrainingOptions _options;
    private readonly ImageSet _train;
    private readonly ImageSet? _validation;
    private readonly TrainingEngineFactory _createEngine;

    /// <summary>Prepares a run; nothing is read but the labels.</summary>
    /// <param name="config">The network.</param>
    /// <param name="initialWeights">All of its weights, or null to draw them from the seed.</param>
    /// <param name="options">How to train.</param>
    /// <param name="train">What to train on.</param>
    /// <param name="validation">What to choose the best epoch by, or null to take the last.</param>
    /// <param name="createEngine">Makes the engine that computes; null for the managed one.</param>
    /// <exception cref="ArgumentException">An option is out of its range, a set is empty, or a label is not a class of the network.</exception>
    public TrainingSession(
        ConvNeXtConfig config,
        WeightSet? initialWeights,
        TrainingOptions options,
        ILabeledImageSource train,
        ILabeledImageSource? validation = null,
        TrainingEngineFactory? createEngine = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(train);
        options.Validate();
        options.CheckClasses(config.ClassCount);
        (_config, _initialWeights, _options) = (config, initialWeights, options);
        _createEngine = createEngine ?? (settings => new ManagedTrainingEngine(settings));
        _train = new ImageSet(train, config.ClassCount, isValidation: false);
        if (options.CalibrateTemperature && validation is null)
            throw new ArgumentException($"{nameof(options.CalibrateTemperature)} needs a validation set, to whose labels the temperature is fitted.", nameof(options));
        _validation = validation is null ? null : new ImageSet(validation, config.ClassCount, isValidation: true);
    }

    /// <summary>Trains.</summary>
    /// <param name="callbacks">What the caller wants to hear.</param>
    /// <param name="cancellationToken">Ends the run early, within a batch; the best weights so far are then the result.</param>
    /// <exception cref="Imaging.UnreadableImageException">An image cannot be read, and such images are not skipped; or none can be read.</exception>
    /// <exception cref="ArithmeticException">The loss is no longer finite.</exception>
    /// <exception cref="IOException"><see cref="TrainingOptions.MetricsFile"/> cannot be written.</exception>
    public TrainingResult Run(TrainingCallbacks? callbacks = null, CancellationToken cancellationToken = default)
    {
        callbacks = MetricsLog.AddTo(callbacks ?? new TrainingCallbacks(), _options, _config.ClassCount);
        var initial = _initialWeights ?? WeightInitializer.Create(_config, _options.Seed);
        var progress = new RunProgress(initial, mayOverwrite: _initialWeights is null);
        var options = _options;
        int threads = _options.LoaderThreads > 0 ? _options.LoaderThreads : Math.Max(1, Environment.ProcessorCount / 2);
        try
        {
            if (_options.SkipUnreadableImages)
            {
                _train.LeaveOutUnreadable(threads, CheckAlive);
                _validation?.LeaveOutUnreadable(threads, CheckAlive);
            }
            if (options.NormalizeByTrainingSet)
                options = options with { Preprocessing = PixelStatistics.NormalizeBy(_train, options.Preprocessing, threads, CheckAlive) };
            using var engine = _createEngine(new TrainingEngineSettings
            {
                Config = _config,
                Weights = initial,
                BatchSize = Math.Min(_options.BatchSize, Math.Max(_train.Items.Length, _validation?.Items.Length ?? 0)),
                Height = _options.Preprocessing.Size,
                Width = _options.Preprocessing.Size,
                Threads = _options.ComputeThreads,
                Rules = ParameterRules.Create(_config, _options.WeightDecay, _options.LayerDecay, _options.LayerDecayRule),
            });
            long keptWeights = NetworkCost.Parameters(_config) * sizeof(float);
            progress.PlannedBytes = engine.WorkspaceBytes + keptWeights + _options.DataQueueBytes;
            callbacks.Planned?.Invoke(progress.PlannedBytes);
            new TrainingLoop(_config, options, _train, _validation, engine, callbacks, CheckAlive, progress).Run(threads);
            if (_options.CalibrateTemperature)
            {
                engine.ImportWeights(progress.Weights);
                progress.Calibration = ValidationScores.Compute(_validation!, options, engine, threads, CheckAlive).Calibrate();
            }
        }
        catch (OperationCanceledException)
        {
            progress.Cancelled = true;
        }
        return progress.ToResult(options.Preprocessing, [.. _train.Unreadable, .. _validation?.Unreadable ?? []]);

        void CheckAlive()
        {
            cancellationToken.ThrowIfCancellationRequested();
            callbacks.CheckAlive?.Invoke();
        }
    }
}

/// <summary>What a run has come to so far; it outlives the engine when the run is cancelled.</summary>
/// <param name="initialWeights">The result of a run that takes no step.</param>
/// <param name="mayOverwrite">Whether they are this run's own, so that later weights can take their memory.</param>
internal sealed class RunProgress(WeightSet initialWeights, bool mayOverwrite)
{
    private readonly ImmutableArray<EpochMetrics>.Builder _epochs = ImmutableArray.CreateBuilder<EpochMetrics>();
    private bool _mayOverwrite = mayOverwrite;

    internal long PlannedBytes { get; set; }

    internal bool Cancelled { get; set; }

    internal Calibration? Calibration { get; set; }

    /// <summary>The best weights, or without any evaluation the last.</summary>
    internal WeightSet Weights { get; private set; } = initialWeights;

    internal EpochMetrics? Best { get; private set; }

    /// <summary>Adds an epoch; the engine's weights are kept if they are the best.</summary>
    internal void Add(EpochMetrics epoch, ITrainingEngine engine)
    {
        _epochs.Add(epoch);
        if (epoch.Validation is null || (Best?.Validation is { } best && !epoch.Validation.IsBetterThan(best))) return;
        Best = epoch;
        Keep(engine);
    }

    /// <summary>Keeps the engine's current weights, in the memory of those before: a run has one copy, as planned.</summary>
    internal void Keep(ITrainingEngine engine)
    {
        if (_mayOverwrite) engine.ExportWeights(Weights);
        else Weights = engine.ExportWeights();
        _mayOverwrite = true;
    }

    internal TrainingResult ToResult(ImagePreprocessing preprocessing, ImmutableArray<UnreadableImage> unreadable) => new()
    {
        Preprocessing = preprocessing,
        Weights = Weights,
        BestEpoch = Best,
        Epochs = _epochs.ToImmutable(),
        Calibration = Calibration,
        Cancelled = Cancelled,
        PlannedBytes = PlannedBytes,
        UnreadableImages = unreadable,
    };
}
