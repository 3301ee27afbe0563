using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Training;

/// <summary>The loop of a run: batches from the loader into the engine, epoch after epoch.</summary>
internal sealed class TrainingLoop
{
    private readonly TrainingOptions _options;
    private readonly ImageSet _train;
    private readonly ImageSet? _validation;
    private readonly ITrainingEngine _engine;
    private readonly TrainingCallbacks _callbacks;
    private readonly Action _checkAlive;
    private readonly RunProgress _progress;
    private readonly BatchPlan _plan;
    private readonly CosineSchedule _schedule;
    private readonly TrainingAugmentation _augmentation;
    private readonly ClassWeighting? _classWeights;
    private readonly BatchMixer? _mixer;
    private readonly float[] _targets;
    private readonly float[] _logits;
    private readonly float[]? _draws;
    private readonly int[] _labels;
    private readonly int _classCount;
    private readonly int _blocks;
    private readonly long _started = Stopwatch.GetTimestamp();

    internal TrainingLoop(
        ConvNeXtConfig config,
        TrainingOptions options,
        ImageSet train,
        ImageSet? validation,
        ITrainingEngine engine,
        TrainingCallbacks callbacks,
        Action checkAlive,
        RunProgress progress)
    {
        (_options, _train, _validation, _engine) = (options, train, validation, engine);
        (_callbacks, _checkAlive, _progress) = (callbacks, checkAlive, progress);
        _plan = new BatchPlan(train.Items, validation?.Items ?? [], options, train.Labels);
        _schedule = new CosineSchedule(
            options.LearningRate,
            options.MinLearningRate,
            checked(options.Epochs * _plan.StepsPerEpoch),
            options.WarmupEpochs * _plan.StepsPerEpoch);
        _augmentation = new TrainingAugmentation(options);
        _classWeights = ClassWeighting.Create(options, train, config.ClassCount);
        _mixer = options.Mixup is null ? null : new BatchMixer(options.Mixup, options.Preprocessing.Size, options.Seed);
        (_classCount, _blocks) = (config.ClassCount, config.Depths.Sum());
        _labels = new int[options.BatchSize];
        _targets = new float[options.BatchSize * _classCount];
        _logits = new float[options.BatchSize * _classCount];
        _draws = config.DropPathRate > 0 ? new float[options.BatchSize * _blocks] : null;
    }

    /// <summary>Trains to the end. However it ends, the last weights are the result where none were evaluated.</summary>
    internal void Run(int loaderThreads)
    {
        using var loader = new BatchLoader(
            _plan.Count,
            _options.BatchSize,
            _options.Preprocessing.Length,
            number => _plan[number],
            Fill,
            loaderThreads,
            _options.BatchesAhead,
            _mixer is null ? null : _mixer.Mix);
        try
        {
            for (int epoch = 0; epoch < _options.Epochs; epoch++)
            {
                long started = Stopwatch.GetTimestamp();
                var metrics = Train(epoch, loader);
                if (_plan.IsEvaluated(epoch)) metrics = metrics with { Validation = Evaluate(loader) };
                metrics = metrics with { Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds };
                _progress.Add(metrics, _engine);
                _callbacks.Epoch?.Invoke(metrics);
            }
        }
        finally
        {
            if (_progress.Best is null) _progress.Keep(_engine);
        }
    }

    private void Fill(PlannedBatch plan, int item, Span<float> pixels)
    {
        using RgbImage image = (plan.IsValidation ? _validation! : _train).Load(item);
        if (plan.IsValidation)
            _options.Preprocessing.Apply(image, pixels);
        else
            _augmentation.Apply(image, plan.Epoch, item, pixels);
    }

    private EpochMetrics Train(int epoch, BatchLoader loader)
    {
        long started = Stopwatch.GetTimestamp();
        double loss = 0, rate = 0, learningRate = 0;
        int images = 0, hits = 0;
        for (int step = 0; step < _plan.StepsPerEpoch; step++)
        {
            var loaded = loader.Take(_checkAlive);
            int count = SetLabels(loaded, _train);
            int globalStep = epoch * _plan.StepsPerEpoch + step;
            double batchLoss = _engine.AccumulateGradients(CreateBatch(loaded, count, globalStep), _checkAlive);
            if (!double.IsFinite(batchLoss))
            {
                throw new ArithmeticException(
                    $"The loss is {batchLoss} in epoch {epoch + 1}, step {step + 1}. "
                    + $"A lower learning rate or a longer warmup than {_options.LearningRate} and {_options.WarmupEpochs} epochs may help.");
            }
            learningRate = _schedule[globalStep];
            _engine.ApplyGradients(new OptimizerStep(learningRate));

            loss += batchLoss * count;
            images += count;
            for (int image = 0; image < count; image++)
                if (ClassificationTally.IndexOfLargest(_logits.AsSpan(image * _classCount, _classCount)) == _labels[image]) hits++;
            rate = images / Stopwatch.GetElapsedTime(started).TotalSeconds;
            Report(epoch, step, loss / images, (double)hits / images, rate);
        }
        return new EpochMetrics
        {
            Epoch = epoch + 1,
            TrainLoss = loss / images,
            TrainAccuracy = (double)hits / images,
            LearningRate = learningRate,
            ImagesPerSecond = rate,
            Seconds = 0,
        };
    }

    private TrainingBatch CreateBatch(LoadedBatch loaded, int count, int globalStep)
    {
        for (int image = 0; image < count; image++)
        {
            int partner = _labels[count - 1 - image];
            SoftTargets.Mix(_labels[image], partner, loaded.Mix.Share, _options.LabelSmoothing, _targets.AsSpan(image * _classCount, _classCount));
        }
        _classWeights?.Apply(_targets.AsSpan(0, count * _classCount));
        if (_draws is not null)
        {
            var random = new CounterRandom(_options.Seed, RandomPurpose.DropPath, globalStep, 0);
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
        };
    }

    private ValidationMetrics Evaluate(BatchLoader loader)
    {
        var tally = new ClassificationTally(_classCount, _options.TopK);
        int size = _options.Preprocessing.Size;
        for (int batch = 0; batch < _plan.ValidationBatches; batch++)
        {
            var loaded = loader.Take(_checkAlive);
            int count = SetLabels(loaded, _validation!);
            _engine.Score(loaded.Images, count, size, size, _logits);
            tally.Add(_logits, _labels.AsSpan(0, count));
            _checkAlive();
        }
        return tally.ToMetrics();
    }

    private int SetLabels(LoadedBatch loaded, ImageSet set)
    {
        int[] items = loaded.Plan!.Items;
        for (int image = 0; image < items.Length; image++) _labels[image] = set.LabelOf(items[image]);
        return items.Length;
    }

    private void Report(int epoch, int step, double loss, double accuracy, double rate)
    {
        if (_callbacks.Step is not { } report) return;
        int done = epoch * _plan.StepsPerEpoch + step + 1;
        var elapsed = Stopwatch.GetElapsedTime(_started);
        report(new TrainingProgress
        {
            Epoch = epoch + 1,
            Epochs = _options.Epochs,
            Step = step + 1,
            StepsPerEpoch = _plan.StepsPerEpoch,
            Loss = loss,
            Accuracy = accuracy,
            ImagesPerSecond = rate,
            TimeLeft = elapsed * ((double)(_schedule.TotalSteps - done) / done),
        });
    }
}
