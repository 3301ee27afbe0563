using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>The loop of a run: batches from the loader into the engine, epoch after epoch, from where the run's progress stands.</summary>
internal sealed class TrainingLoop
{
    private readonly TrainingOptions _options;
    private readonly ImageSet _train;
    private readonly ImageSet? _validation;
    private readonly ITrainingEngine _engine;
    private readonly TrainingCallbacks _callbacks;
    private readonly Action _checkAlive;
    private readonly RunProgress _progress;
    private readonly Checkpointer? _checkpoints;
    private readonly TrainingInputs _inputs;
    private readonly FreezeSchedule? _freezing;
    private readonly ClassWeighting? _classWeights;
    private readonly BatchMixer? _mixer;
    private readonly TimeBudget? _budget;
    private readonly float[] _targets;
    private readonly float[] _logits;
    private readonly float[]? _draws;
    private readonly int[] _labels;
    private readonly int _classCount;
    private readonly int _blocks;
    private readonly TimeSpan _elapsedBefore;
    private readonly long _started = Stopwatch.GetTimestamp();
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
        Action checkAlive,
        RunProgress progress,
        Checkpointer? checkpoints)
    {
        (_options, _train, _validation, _inputs, _engine) = (options, train, validation, inputs, engine);
        (_callbacks, _checkAlive, _progress, _checkpoints) = (callbacks, checkAlive, progress, checkpoints);
        _elapsedBefore = progress.Elapsed;
        _plan = new BatchPlan(train.Items, validation?.Items ?? [], options, train.Labels, progress.TotalSteps);
        if (!IsFinished && progress.Step > _plan.StepsOf(progress.Epoch))
            throw new InvalidDataException($"The checkpoint is damaged: epoch {progress.Epoch + 1} has {_plan.StepsOf(progress.Epoch)} steps, but {progress.Step} were taken.");
        _schedule = CreateSchedule();
        if (options.MaxTrainingTime is { } time && progress.TotalSteps is null) _budget = new TimeBudget(time);
        _freezing = FreezeSchedule.Create(config, options);
        _classWeights = ClassWeighting.Create(options, train, config.ClassCount);
        _mixer = options.Mixup is null ? null : new BatchMixer(options.Mixup, options.Preprocessing.Size, options.Seed);
        (_classCount, _blocks) = (config.ClassCount, config.Depths.Sum());
        _labels = new int[options.BatchSize];
        _targets = new float[options.BatchSize * _classCount];
        _logits = new float[options.BatchSize * _classCount];
        _draws = config.DropPathRate > 0 ? new float[options.BatchSize * _blocks] : null;
    }

    private bool IsFinished => _progress.Epoch >= _plan.Epochs || _progress.IsOutOfPatience;

    private TimeSpan Elapsed => _elapsedBefore + Stopwatch.GetElapsedTime(_started);

    /// <summary>Trains to the end. However it ends, the last weights are the result where none were evaluated.</summary>
    internal void Run(int loaderThreads)
    {
        try
        {
            while (!IsFinished) RunPlan(loaderThreads);
            WriteCheckpoint();
        }
        catch (OperationCanceledException)
        {
            WriteCheckpoint();
            throw;
        }
        finally
        {
            _progress.KeepLast(_engine);
        }
    }

    // To the end of the run, or until it is planned anew.
    private void RunPlan(int loaderThreads)
    {
        int first = _plan.NumberOf(_progress.Epoch, _progress.Step);
        using var loader = new BatchLoader(
            _plan.Count - first,
            _options.BatchSize,
            _inputs.Length,
            number => _plan[first + number],
            _inputs.Fill,
            loaderThreads,
            _options.BatchesAhead,
            _mixer is null ? null : _mixer.Mix);
        while (!IsFinished)
        {
            while (_progress.Step < _plan.StepsOf(_progress.Epoch))
            {
                Train(loader);
                _progress.Elapsed = Elapsed;
                bool isNewPlan = PlanAnew();
                _checkpoints?.AfterStep(_engine, _progress);
                if (isNewPlan) return;
            }
            FinishEpoch(loader);
            _progress.Elapsed = Elapsed;
            _checkpoints?.AfterEpoch(_engine, _progress);
        }
    }

    private void WriteCheckpoint()
    {
        _progress.Elapsed = Elapsed;
        _checkpoints?.Write(_engine, _progress);
    }

    // One optimizer step.
    private void Train(BatchLoader loader)
    {
        long started = Stopwatch.GetTimestamp();
        _freezing?.Apply(_engine, _progress.Epoch);
        var (loss, images, hits, _, seconds) = _progress.Sums;
        int globalStep = (_progress.Epoch * _plan.StepsPerEpoch) + _progress.Step;
        double learningRate = _schedule[globalStep];
        for (int part = 0; part < _options.AccumulateBatches; part++)
        {
            var loaded = loader.Take(_checkAlive);
            int count = SetLabels(loaded, _train);
            double batchLoss = _engine.AccumulateGradients(CreateBatch(loaded, count, globalStep, part), _checkAlive);
            if (!double.IsFinite(batchLoss)) throw Diverged($"The loss is {batchLoss}", learningRate);
            (loss, images) = (loss + (batchLoss * count), images + count);
            for (int image = 0; image < count; image++)
            {
                int largerPart = loaded.Mix.Share >= 0.5 ? image : count - 1 - image;
                if (ClassificationTally.IndexOfLargest(_logits.AsSpan(image * _classCount, _classCount)) == _labels[largerPart]) hits++;
            }
        }
        // The norm is measured in any case: gradients that are not finite never get into the weights, nor into a checkpoint.
        double? norm = _engine.ApplyGradients(new OptimizerStep(learningRate) { MaxGradientNorm = _options.MaxGradientNorm ?? double.PositiveInfinity });
        if (norm is { } measured && !double.IsFinite(measured)) throw Diverged($"The norm of the gradients is {measured}", learningRate);
        _progress.AddStep(new EpochSums(loss, images, hits, learningRate, seconds + Stopwatch.GetElapsedTime(started).TotalSeconds));
        Report(globalStep + 1);
    }

    private TrainingDivergedException Diverged(string what, double learningRate)
    {
        var gradients = TrainingDivergedException.Measure(_engine.ExportState(), TrainingEngineSettings.DefaultBeta2);
        return new TrainingDivergedException(what, _progress.Epoch + 1, _progress.Step + 1, learningRate, gradients, _checkpoints?.LastGood);
    }

    private void FinishEpoch(BatchLoader loader)
    {
        long started = Stopwatch.GetTimestamp();
        var sums = _progress.Sums;
        var (current, average) = _plan.IsEvaluated(_progress.Epoch) ? Evaluate(loader) : (null, null);
        _evaluationTime = Stopwatch.GetElapsedTime(started);
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
        _callbacks.Epoch?.Invoke(metrics);
    }

    private TrainingBatch CreateBatch(LoadedBatch loaded, int count, int globalStep, int part)
    {
        for (int image = 0; image < count; image++)
        {
            int partner = _labels[count - 1 - image];
            SoftTargets.Mix(_labels[image], partner, loaded.Mix.Share, _options.LabelSmoothing, _targets.AsSpan(image * _classCount, _classCount));
        }
        _classWeights?.Apply(_targets.AsSpan(0, count * _classCount));
        if (_draws is not null)
        {
            var random = new CounterRandom(_options.Seed, RandomPurpose.DropPath, globalStep, part);
            foreach (ref float draw in _draws.AsSpan(0, count * _blocks)) draw = random.NextSingle();
        }
        return new TrainingBatch
        {
            Images = loaded.Images,
            Targets = _targets,
            DropPathDraws = _draws,
            Logits = _logits,
            Count = count,
            Height = _options.Preprocessing.Size,
            Width = _options.Preprocessing.Size,
            GradientScale = 1f / _options.AccumulateBatches,
        };
    }

    private (ValidationMetrics Current, ValidationMetrics? Average) Evaluate(BatchLoader loader)
    {
        var current = new ClassificationTally(_classCount, _options.TopK);
        var average = _options.AverageDecay is null ? null : new ClassificationTally(_classCount, _options.TopK);
        for (int batch = 0; batch < _plan.ValidationBatches; batch++)
        {
            var loaded = loader.Take(_checkAlive);
            int count = SetLabels(loaded, _validation!);
            Score(current, loaded, count, average: false);
            if (average is not null) Score(average, loaded, count, average: true);
            _checkAlive();
        }
        return (current.ToMetrics(), average?.ToMetrics());
    }

    private void Score(ClassificationTally tally, LoadedBatch loaded, int count, bool average)
    {
        int size = _options.Preprocessing.Size;
        _engine.Score(loaded.Images, count, size, size, _logits, average);
        tally.Add(_logits, _labels.AsSpan(0, count));
    }

    private int SetLabels(LoadedBatch loaded, ImageSet set)
    {
        int[] items = loaded.Plan!.Items;
        for (int image = 0; image < items.Length; image++) _labels[image] = set.LabelOf(items[image]);
        return items.Length;
    }

    // The warmup keeps its share of the run.
    private CosineSchedule CreateSchedule()
    {
        long warmup = (long)_options.WarmupEpochs * _plan.StepsPerEpoch * _plan.TotalSteps / _plan.MostSteps;
        return new CosineSchedule(_options.LearningRate, _options.MinLearningRate, _plan.TotalSteps, (int)warmup);
    }

    private bool PlanAnew()
    {
        if (_budget is null) return false;
        int done = (_progress.Epoch * _plan.StepsPerEpoch) + _progress.Step;
        if (_budget.Plan(Elapsed, done, _evaluationTime) is not { } total || Math.Min(total, _plan.MostSteps) == _plan.TotalSteps) return false;
        _plan = new BatchPlan(_train.Items, _validation?.Items ?? [], _options, _train.Labels, total);
        _schedule = CreateSchedule();
        _progress.TotalSteps = _plan.TotalSteps;
        return true;
    }

    private void Report(int done)
    {
        if (_callbacks.Step is not { } report) return;
        var sums = _progress.Sums;
        report(new TrainingProgress
        {
            Epoch = _progress.Epoch + 1,
            Epochs = _plan.Epochs,
            Step = _progress.Step,
            StepsPerEpoch = _plan.StepsOf(_progress.Epoch),
            Loss = sums.MeanLoss,
            Accuracy = sums.Accuracy,
            ImagesPerSecond = sums.ImagesPerSecond,
            TimeLeft = Elapsed * ((double)(_plan.TotalSteps - done) / done),
        });
    }
}
