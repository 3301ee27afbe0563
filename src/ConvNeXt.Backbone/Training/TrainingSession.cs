using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Backbone.Training.Loop;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Trains a network on a labeled set of images with AdamW, a cosine schedule with warmup, label smoothing, random resized crops, flips and stochastic depth;
/// the whole validation set is scored after the epochs. The same seed gives bit-identical results for any number of threads.
/// </summary>
internal sealed class TrainingSession
{
    private readonly ConvNeXtConfig _config;
    private readonly WeightSet? _initialWeights;
    private readonly TrainingOptions _options;
    private readonly ImageSet _train;
    private readonly ImageSet? _validation;
    private readonly TrainingEngineFactory _createEngine;
    private readonly TrainingTeacher? _teacher;

    /// <summary>Prepares a run. Only the labels are read.</summary>
    /// <param name="config">The network.</param>
    /// <param name="initialWeights">All weights of the network, or null to draw them from the seed.</param>
    /// <param name="options">The training options.</param>
    /// <param name="train">The training set.</param>
    /// <param name="validation">The validation set for choosing the best epoch, or null to use the last epoch.</param>
    /// <param name="createEngine">Creates the training engine; null for the managed one.</param>
    /// <param name="teacher">A network to learn from as well, also from images without a label; null for none.</param>
    /// <exception cref="ArgumentException">An option is out of range, a set is empty, a label is not a class of the network, or the teacher does not
    /// fit.</exception>
    public TrainingSession(
        ConvNeXtConfig config,
        WeightSet? initialWeights,
        TrainingOptions options,
        ILabeledImageSource train,
        ILabeledImageSource? validation = null,
        TrainingEngineFactory? createEngine = null,
        TrainingTeacher? teacher = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(train);
        options.Validate();
        options.CheckClasses(config.ClassCount);
        teacher?.Check(config, options);
        _teacher = teacher;
        (_config, _initialWeights) = (config, initialWeights);
        _createEngine = createEngine ?? (settings => new ManagedTrainingEngine(settings));
        if (options.EarlyStoppingPatience is not null && validation is null)
            throw new ArgumentException($"{nameof(options.EarlyStoppingPatience)} needs a validation set to compare the epochs.", nameof(options));
        _train = new ImageSet(train, config.ClassCount, isValidation: false, mayLackLabels: teacher is not null);
        _options = options.DecideHead(_train.Items.Length, isTrained: initialWeights is not null);
        if (options.CalibrateTemperature && validation is null)
            throw new ArgumentException($"{nameof(options.CalibrateTemperature)} needs a validation set to fit the temperature.", nameof(options));
        _validation = validation is null ? null : new ImageSet(validation, config.ClassCount, isValidation: true);
    }

    /// <summary>
    /// Creates the engine that computes the features for <see cref="TrainingOptions.LinearProbe"/> and <see cref="TrainingOptions.SolveHead"/>, and the one
    /// that runs the teacher; null for the managed one.
    /// </summary>
    public ScoringEngineFactory? CreateScoringEngine { get; init; }

    /// <summary>Wraps the training engine, e.g. for the learning-rate finder. Null for no wrapper.</summary>
    internal Func<ITrainingEngine, ITrainingEngine>? WrapEngine { get; init; }

    /// <summary>Returns the memory in bytes that the engine may take, to warn if it is too little; null for no warning, if it is that of another device.</summary>
    internal Func<long>? FindAvailableMemory { get; init; } = MemoryCheck.FindAvailable;

    /// <summary>Waits before another attempt after a failure; null for <see cref="Thread.Sleep(TimeSpan)"/>.</summary>
    internal Action<TimeSpan>? Wait { get; init; }

    /// <summary>The clock of the time limit; null for that of the system.</summary>
    internal TimeProvider? Time { get; init; }

    /// <summary>The ranks that train together; by default this process alone.</summary>
    public IRankGroup Ranks { get; init; } = SingleRank.Instance;

    /// <summary>How long ranks may keep each other waiting during training.</summary>
    public TimeSpan PeerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where and how often to write checkpoints, and whether to resume from one; null for no checkpoints.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public CheckpointOptions? Checkpoints
    {
        get;
        init
        {
            value?.Validate();
            field = value;
        }
    }

    /// <summary>Runs the training.</summary>
    /// <param name="callbacks">Callbacks for progress and metrics.</param>
    /// <param name="cancellationToken">Cancels the run, also within a batch; the result then has the best weights so far.</param>
    /// <exception cref="Imaging.UnreadableImageException">An image cannot be read and unreadable images are not skipped, or no image can be read.</exception>
    /// <exception cref="TrainingDivergedException">The loss or the gradient norm is no longer finite.</exception>
    /// <exception cref="IOException"><see cref="TrainingOptions.MetricsFile"/> or a checkpoint cannot be written at the start. A file that cannot be written
    /// later is reported to <see cref="TrainingCallbacks.Warning"/>, and the run continues.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint is from a run with other options, another network or other data.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    /// <exception cref="Weights.WeightMismatchException">The differences of a checkpoint were accepted, but its network has other tensors.</exception>
    /// <exception cref="ArgumentException">The set has fewer batches than one step accumulates, or the checkpoint for a linear probe has a different
    /// backbone.</exception>
    /// <exception cref="RankMismatchException">The ranks differ in options, data, network, version or processors.</exception>
    /// <exception cref="TimeoutException">A rank is silent.</exception>
    public TrainingResult Run(TrainingCallbacks? callbacks = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return RunAsRank(callbacks ?? new TrainingCallbacks(), cancellationToken);
        }
        catch (Exception e) when (Ranks.Size > 1 && !IsAgreed(e))
        {
            Ranks.Fail(e);
            throw;
        }
    }

    /// <summary>Whether an exception is thrown on all ranks, so that none waits for another.</summary>
    internal static bool IsAgreed(Exception exception) => exception is RankMismatchException or TrainingDivergedException or OperationCanceledException;

    private TrainingResult RunAsRank(TrainingCallbacks callbacks, CancellationToken cancellationToken)
    {
        if (_teacher is not null && Ranks.Size > 1)
            throw new ArgumentException("A network cannot be distilled from a teacher by several ranks; train with one process.");
        var clock = new RunClock(Time);
        var retry = new Retry(Wait);
        bool isMain = Ranks.Rank == 0;
        using var checkpoints = Checkpoints is null || !isMain ? null : new Checkpointer(Checkpoints, _config, _options, new OptionalWrite(retry, Warn));
        var metrics = isMain ? MetricsReport.Create(_options, _config.ClassCount, retry, Warn) : null;
        var ranks = new RunRanks(Ranks, CheckAlive, PeerTimeout, Checkpointer.BytesOf(_config, _options));
        if (metrics is not null) callbacks = callbacks with { Epoch = metrics.Add + callbacks.Epoch };
        bool maySolveHead = _options.SolveHead || _options.DecidesHeadByTime, ownsInitial = _initialWeights is null || maySolveHead;
        var initial = _initialWeights ?? WeightInitializer.Create(_config, _options.Seed, (float)(_options.HeadInitScale ?? 1));
        if (maySolveHead) initial = SolvedHead.Copy(initial);
        // Where the time decides, a run that is resumed on another machine is the same run: it is known by the weights before.
        WeightSet known = _options.DecidesHeadByTime ? _initialWeights! : initial;
        bool choosesEpoch = _options.ChoosesEpoch(_validation?.Items.Length ?? 0);
        var progress = new RunProgress(_options, initial, mayOverwrite: ownsInitial, choosesEpoch);
        AgreeOnRun(known, isComplete: false);
        int processors = RankThreads.Find(Ranks);
        var options = _options;
        int threads = _options.LoaderThreads > 0 ? _options.LoaderThreads : Math.Max(1, processors / 2);
        _train.Retry = retry;
        if (_validation is not null) _validation.Retry = retry;
        var errors = ReadErrors.Create(_options, _train, _validation, Warn);
        try
        {
            if (_options.SkipUnreadableImages)
            {
                _train.LeaveOutUnreadable(threads, ranks);
                _validation?.LeaveOutUnreadable(threads, ranks);
            }
            // Memory follows the data: a recipe for a million images may train a hundred. The batches are the same.
            options = options with { BatchSize = Math.Min(options.BatchSize, Math.Max(_train.Items.Length, _validation?.Items.Length ?? 0)) };
            if (options.NormalizeByTrainingSet && _initialWeights is null)
                options = options with { Preprocessing = PixelStatistics.NormalizeBy(_train, options.Preprocessing, threads, ranks.CheckAlive, errors) };
            var settings = new TrainingEngineSettings
            {
                Config = _config,
                Weights = initial,
                BatchSize = ranks.Limit(options).BatchSize,
                Height = _options.Preprocessing.Height,
                Width = _options.Preprocessing.Width,
                Threads = _options.ComputeThreads > 0 || !ranks.AreSeveral ? _options.ComputeThreads : processors,
                ActivationCheckpointing = _options.ActivationCheckpointing,
                Rules = ParameterRules.Create(_config, _options.WeightDecay, _options.LayerDecay, _options.LayerDecayRule),
                AverageDecay = _options.AverageDecay,
                Exchange = Ranks.Gradients,
            };
            if (_options.DecidesHeadByTime) options = options with { SolveHead = IsTooShort(settings, clock, checkpoints, ranks) };
            FeatureCache? features = null;
            if (options.LinearProbe || options.SolveHead)
            {
                using (var scoring = CreateScoring(_config, initial))
                    features = FeatureCache.Compute(scoring, options, _train, options.LinearProbe ? _validation : null, threads, ranks);
                if (options.SolveHead && _train.HasLabels)
                {
                    var head = features.SolveHead(_train, _config.ClassCount, options.Seed, ranks.CheckAlive);
                    head.CopyTo(initial);
                    callbacks.HeadSolved?.Invoke(head.Accuracy, head.LogLoss);
                }
                if (options.LinearProbe)
                {
                    options = options with { Mixup = null }; // Mixup mixes pixels, not features
                    settings = settings with { BatchSize = ranks.Limit(options).BatchSize };
                }
                else
                {
                    features = null;
                }
            }
            var inputs = new TrainingInputs(options, _train, _validation, features, errors);
            TrainingEngineFactory createEngine = features is null ? _createEngine : head => new HeadTrainingEngine(head);
            if (_teacher is { } teacher)
            {
                TrainingEngineFactory createStudent = createEngine;
                createEngine = student => DistillingEngine.Create(createStudent(student), student, teacher, options, _train, CreateScoring, threads, CheckAlive);
            }
            long besideEngine = (features?.Bytes ?? 0) + (NetworkCost.Parameters(_config) * sizeof(float)) + ranks.Limit(options).DataQueueBytes + (checkpoints?.Bytes ?? 0);
            if (features is null && FindAvailableMemory is { } find && MemoryCheck.FindWarning(MemoryCheck.Estimate(settings) + besideEngine, find()) is { } warning)
                Warn(warning);
            var computing = CreateEngine(createEngine, settings);
            using var engine = WrapEngine?.Invoke(computing) ?? computing;
            progress.PlannedBytes = engine.WorkspaceBytes + besideEngine;
            callbacks.Planned?.Invoke(progress.PlannedBytes);
            string? note = Resume(checkpoints, AgreeOnRun(known, isComplete: true), engine, progress);
            clock.Before = progress.Elapsed;
            if (progress.Epoch > 0) metrics?.CheckColumns();
            if (note is not null) callbacks.Resumed?.Invoke(note);
            new TrainingLoop(_config, options, _train, _validation, inputs, engine, callbacks, ranks, progress, checkpoints, clock).Run(threads);
            ranks.AllowLongWork();
            if (_options.CalibrateTemperature)
            {
                engine.ImportWeights(progress.Weights);
                progress.Calibration = ValidationScores.Compute(_validation!, inputs, options, engine, threads, ranks).Calibrate();
            }
        }
        catch (OperationCanceledException)
        {
            progress.Cancelled = true;
        }
        if (ranks.AreSeveral) RankAgreement.Require(Ranks, RankAgreement.OfResult(progress.Weights));
        metrics?.Finish();
        return progress.ToResult(options.Preprocessing, [.. _train.Unreadable, .. _validation?.Unreadable ?? []]);

        void Warn(string message) => callbacks.Warning?.Invoke(message);

        void CheckAlive()
        {
            cancellationToken.ThrowIfCancellationRequested();
            callbacks.CheckAlive?.Invoke();
        }
    }

    // Whether the time limit allows too few steps for a fresh head; rank 0 measures and decides. A run that is resumed has its head already.
    private bool IsTooShort(TrainingEngineSettings settings, RunClock clock, Checkpointer? checkpoints, RunRanks ranks)
    {
        bool isTooShort = false;
        if (Ranks.Rank == 0 && checkpoints?.LastGood is null)
        {
            using ITrainingEngine engine = CreateEngine(_createEngine, settings with { Exchange = null });
            var images = _options.TrainingPreprocessing;
            TimeSpan step = StepTime.Measure(engine, settings.BatchSize, images.Height, images.Width, Time ?? TimeProvider.System);
            isTooShort = _options.MaxTrainingTime!.Value - clock.Elapsed < step * _options.SolveHeadBelowSteps;
        }
        return RankTexts.Share(ranks.Group, isTooShort ? 1 : 0) != 0;
    }

    // Describes the run, with or without what is read from the images; several ranks compare it.
    private ImmutableSortedDictionary<string, string> AgreeOnRun(WeightSet initial, bool isComplete)
    {
        if (Ranks.Size == 1 && (!isComplete || Checkpoints is null)) return ImmutableSortedDictionary<string, string>.Empty;
        var identity = RunIdentity.Create(_config, _options, initial, _train, _validation, _teacher, withPictures: isComplete);
        RankAgreement.Require(Ranks, RankAgreement.WithProcess(identity, _options));
        return identity;
    }

    private string? Resume(Checkpointer? checkpoints, ImmutableSortedDictionary<string, string> identity, ITrainingEngine engine, RunProgress progress)
    {
        if (Ranks.Size == 1) return checkpoints?.Resume(identity, _config, engine, progress);
        return SharedCheckpoint.Resume(Ranks, checkpoints, Checkpoints, _config, _options, from => from.Resume(identity, _config, engine, progress));
    }

    private IScoringEngine CreateScoring(ConvNeXtConfig config, WeightSet weights) => CreateScoringEngine is { } create
        ? create(config, weights)
        : new ManagedScoringEngine(config, weights, new EngineOptions { ThreadCount = _options.ComputeThreads > 0 ? _options.ComputeThreads : null });

    /// <exception cref="OutOfMemoryException">The memory for training cannot be allocated; the message says what to change.</exception>
    private static ITrainingEngine CreateEngine(TrainingEngineFactory create, TrainingEngineSettings settings)
    {
        try
        {
            return create(settings);
        }
        catch (OutOfMemoryException e)
        {
            throw new OutOfMemoryException(
                $"There is not enough memory to train with batches of {settings.BatchSize} images of {settings.Height} x {settings.Width} pixels. "
                + $"Lower {nameof(TrainingOptions.BatchSize)} and raise {nameof(TrainingOptions.AccumulateBatches)}, "
                + $"set {nameof(TrainingOptions.ActivationCheckpointing)}, or use smaller images or a smaller network.",
                e);
        }
    }
}
