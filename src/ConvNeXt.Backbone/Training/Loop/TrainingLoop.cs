using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>The training loop: feeds batches from the loader to the engine, epoch by epoch, starting at the position of the run's progress.</summary>
internal sealed class TrainingLoop
{
    private readonly TrainingOptions _options;
    private readonly ImageSet _train;
    private readonly ImageSet? _validation;
    private readonly ITrainingEngine _engine;
    private readonly TrainingCallbacks _callbacks;
    private readonly RunProgress _progress;
    private readonly Checkpointer? _checkpoints;
    private readonly TrainingInputs _inputs;
    private readonly FreezeSchedule? _freezing;
    private readonly StepRunner _steps;
    private readonly Evaluator? _evaluator;
    private readonly BatchMixer? _mixer;
    private readonly TimeBudget? _budget;
    private readonly RunClock _clock;
    private readonly RunRanks _ranks;
    private readonly TimeSpan _trainingStarted;
    private readonly int _doneBefore;
    private BatchPlan _plan;
    private CosineSchedule _schedule;
    private TimeSpan _evaluationTime;

    internal TrainingLoop(
        ConvNeXtConfig config,
        TrainingOptions options,
        ImageSet train,
        ImageSet? validation,
        TrainingInputs inputs,
        ITrainingEngine engine,
        TrainingCallbacks callbacks,
        RunRanks ranks,
        RunProgress progress,
        Checkpointer? checkpoints,
        RunClock clock)
    {
        (_options, _train, _validation, _inputs, _engine) = (options, train, validation, inputs, engine);
        (_callbacks, _progress, _checkpoints) = (callbacks, progress, checkpoints);
        (_clock, _ranks) = (clock, ranks);
        _plan = CreatePlan(progress.TotalSteps);
        if (!IsFinished && progress.Step > _plan.StepsOf(progress.Epoch))
            throw new InvalidDataException($"Damaged checkpoint: step {progress.Step} of {_plan.StepsOf(progress.Epoch)} in epoch {progress.Epoch + 1}.");
        _schedule = CreateSchedule();
        (_trainingStarted, _doneBefore) = (Elapsed, Done);
        if (options.MaxTrainingTime is { } time) _budget = new TimeBudget(time, _trainingStarted, _doneBefore);
        _freezing = FreezeSchedule.Create(config, options);
        _steps = new StepRunner(config, options, train, engine, ranks);
        _evaluator = validation is null ? null : new Evaluator(options, validation, config.ClassCount, engine, ranks);
        _mixer = options.Mixup is null ? null : new BatchMixer(options.Mixup, options.TrainingPreprocessing.Height, options.TrainingPreprocessing.Width, options.Seed);
    }

    private bool IsFinished => _progress.Epoch >= _plan.Epochs || _progress.IsOutOfPatience;

    private TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Number of completed steps.</summary>
    private int Done => (_progress.Epoch * _plan.StepsPerEpoch) + _progress.Step;

    /// <summary>
    /// Trains to the end. If the run is completed or canceled, the last weights are the result if none were evaluated; after an error there is no result, and
    /// the engine, which may have caused it, is not asked for weights.
    /// </summary>
    internal void Run(int loaderThreads)
    {
        try
        {
            while (!IsFinished) RunPlan(loaderThreads);
            WriteCheckpoint();
            _progress.KeepLast(_engine);
        }
        catch (OperationCanceledException)
        {
            WriteCheckpoint();
            _progress.KeepLast(_engine);
            throw;
        }
    }

    // Runs to the end, or until the schedule is replanned.
    private void RunPlan(int loaderThreads)
    {
        int first = _plan.NumberOf(_progress.Epoch, _progress.Step);
        using var loader = new BatchLoader(
            _plan.Count - first,
            _ranks.Share.LargestOf(_options.BatchSize, inPairs: _mixer is not null),
            _inputs.Length,
            number => _plan[first + number],
            _inputs.Fill,
            loaderThreads,
            _options.BatchesAhead,
            _mixer is null ? null : _mixer.Mix,
            _inputs.Errors,
            _inputs.LengthOf);
        while (!IsFinished)
        {
            while (_progress.Step < _plan.StepsOf(_progress.Epoch))
            {
                Train(loader);
                _progress.Elapsed = Elapsed;
                bool isNewPlan = PlanAnew();
                _checkpoints?.AfterStep(_engine, _progress);
                Report();
                if (_steps.IsCancelAgreed) throw new OperationCanceledException();
                if (isNewPlan) return;
            }
            var metrics = FinishEpoch(loader);
            _progress.Elapsed = Elapsed;
            _checkpoints?.AfterEpoch(_engine, _progress); // first, as a caller's method may throw
            if (_callbacks.Epoch is { } report) _ranks.Run(() => report(metrics));
        }
    }

    private void WriteCheckpoint()
    {
        _progress.Elapsed = Elapsed;
        _checkpoints?.Write(_engine, _progress, isLast: true);
    }

    private void Train(BatchLoader loader)
    {
        _freezing?.Apply(_engine, _progress.Epoch);
        int step = Done;
        double learningRate = _schedule[step];
        _progress.AddStep(_steps.Run(loader, step, learningRate, _progress.Sums, what => Diverged(what, learningRate)));
    }

    private TrainingDivergedException Diverged(string what, double learningRate)
    {
        ImmutableArray<LayerGradient> gradients = [];
        try
        {
            gradients = TrainingDivergedException.Measure(_engine.ExportState(), TrainingEngineSettings.DefaultBeta2);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // An engine that failed, or memory that ran out: the loss that is not finite is the error to report.
        }
        return new TrainingDivergedException(what, _progress.Epoch + 1, _progress.Step + 1, learningRate, gradients, _checkpoints?.LastGood);
    }

    private EpochMetrics FinishEpoch(BatchLoader loader)
    {
        TimeSpan started = Elapsed;
        var sums = _progress.Sums;
        if (sums.Images == 0) throw new UnreadableImageException($"No image of the training set can be read any more, in epoch {_progress.Epoch + 1}.");
        var (current, average) = _plan.IsEvaluated(_progress.Epoch) ? _evaluator!.Run(loader, _plan.ValidationBatches) : (null, null);
        _evaluationTime = Elapsed - started;
        var metrics = new EpochMetrics
        {
            Epoch = _progress.Epoch + 1,
            TrainLoss = sums.MeanLoss,
            TrainAccuracy = sums.Accuracy,
            Validation = current,
            AverageValidation = average,
            LearningRate = sums.LearningRate,
            ImagesPerSecond = sums.ImagesPerSecond,
            Seconds = sums.Seconds + _evaluationTime.TotalSeconds,
        };
        _progress.AddEpoch(metrics, _engine);
        return metrics;
    }

    private BatchPlan CreatePlan(int? totalSteps) =>
        new(_train.Items, _validation?.Items ?? [], _options, _train.Labels, totalSteps, _ranks.Share);

    // Warmup keeps its share of the run.
    private CosineSchedule CreateSchedule()
    {
        long warmup = (long)_options.WarmupEpochs * _plan.TotalSteps / _options.Epochs;
        return new CosineSchedule(_options.LearningRate, _options.MinLearningRate, _plan.TotalSteps, (int)warmup);
    }

    private bool PlanAnew()
    {
        if (_budget is null) return false;
        int? planned = _budget.Plan(Elapsed, Done, _evaluationTime);
        int total = (int)RankTexts.Share(_ranks.Group, planned ?? 0); // by the clock of rank 0
        if (total == 0 || Math.Min(total, _plan.MostSteps) == _plan.TotalSteps) return false;
        _plan = CreatePlan(total);
        _schedule = CreateSchedule();
        _progress.TotalSteps = _plan.TotalSteps;
        return true;
    }

    private void Report()
    {
        if (_callbacks.Step is not { } report) return;
        int done = Done;
        var sums = _progress.Sums;
        var progress = new TrainingProgress
        {
            Epoch = _progress.Epoch + 1,
            Epochs = _plan.Epochs,
            Step = _progress.Step,
            StepsPerEpoch = _plan.StepsOf(_progress.Epoch),
            Loss = sums.MeanLoss,
            Accuracy = sums.Accuracy,
            ImagesPerSecond = sums.ImagesPerSecond,
            TimeLeft = (Elapsed - _trainingStarted) * ((double)(_plan.TotalSteps - done) / (done - _doneBefore)),
        };
        _ranks.Run(() => report(progress));
    }
}
