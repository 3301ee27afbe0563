using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// Runs optimizer steps: creates the soft targets and stochastic-depth draws for the batches of a step; the engine accumulates their gradients and applies
/// them. Draws depend only on the seed, the step and the batch.
/// </summary>
internal sealed class StepRunner
{
    private readonly TrainingOptions _options;
    private readonly ImageSet _train;
    private readonly ITrainingEngine _engine;
    private readonly Action _checkAlive;
    private readonly ClassWeighting? _classWeights;
    private readonly float[] _targets;
    private readonly float[] _labeledShares;
    private readonly float[] _logits;
    private readonly float[]? _draws;
    private readonly int[] _labels;
    private readonly int _classCount;
    private readonly int _blocks;

    internal StepRunner(ConvNeXtConfig config, TrainingOptions options, ImageSet train, ITrainingEngine engine, Action checkAlive)
    {
        (_options, _train, _engine, _checkAlive) = (options, train, engine, checkAlive);
        (_classCount, _blocks) = (config.ClassCount, config.Depths.Sum());
        _classWeights = ClassWeighting.Create(options, train, config.ClassCount);
        _labels = new int[options.BatchSize];
        _targets = new float[options.BatchSize * _classCount];
        _labeledShares = new float[options.BatchSize];
        _logits = new float[options.BatchSize * _classCount];
        _draws = config.DropPathRate > 0 ? new float[options.BatchSize * _blocks] : null;
    }

    /// <summary>Runs one step.</summary>
    /// <param name="loader">The loader; its next batches are those of the step.</param>
    /// <param name="step">Number of the step in the run, from 0.</param>
    /// <param name="learningRate">The learning rate of the step.</param>
    /// <param name="sums">The sums of the epoch before the step.</param>
    /// <param name="diverged">Creates the exception for a loss or gradient norm that is not finite.</param>
    /// <returns>The sums of the epoch including the step. If none of its images could be read, the weights stay as they are.</returns>
    internal EpochSums Run(BatchLoader loader, int step, double learningRate, in EpochSums sums, Func<string, Exception> diverged)
    {
        long started = Stopwatch.GetTimestamp();
        var (loss, images, hits, _, seconds) = sums;
        int unlabeled = sums.Unlabeled;
        for (int part = 0; part < _options.AccumulateBatches; part++)
        {
            var loaded = loader.Take(_checkAlive);
            int count = loaded.CopyLabels(_train, _labels);
            if (count == 0) continue;
            double batchLoss = _engine.AccumulateGradients(CreateBatch(loaded, count, step, part), _checkAlive);
            if (!double.IsFinite(batchLoss)) throw diverged(Invariant($"The loss is {batchLoss}"));
            (loss, images) = (loss + (batchLoss * count), images + count);
            for (int image = 0; image < count; image++)
            {
                int largerPart = loaded.Mix.Share >= 0.5 ? image : count - 1 - image;
                if (_labels[largerPart] < 0) unlabeled++;
                else if (ClassificationTally.IndexOfLargest(_logits.AsSpan(image * _classCount, _classCount)) == _labels[largerPart]) hits++;
            }
        }

        if (images == sums.Images) return sums;

        // The norm is always measured, so that non-finite gradients never reach the weights or a checkpoint.
        double? norm = _engine.ApplyGradients(new OptimizerStep(learningRate) { MaxGradientNorm = _options.MaxGradientNorm ?? double.PositiveInfinity });
        if (norm is { } measured && !double.IsFinite(measured)) throw diverged(Invariant($"The gradient norm is {measured}"));
        return new EpochSums(loss, images, hits, learningRate, seconds + Stopwatch.GetElapsedTime(started).TotalSeconds) { Unlabeled = unlabeled };
    }

    private TrainingBatch CreateBatch(LoadedBatch loaded, int count, int step, int part)
    {
        for (int image = 0; image < count; image++)
        {
            int partner = _labels[count - 1 - image];
            Span<float> target = _targets.AsSpan(image * _classCount, _classCount);
            _labeledShares[image] = (float)SoftTargets.MixKnown(_labels[image], partner, loaded.Mix.Share, _options.LabelSmoothing, target);
        }
        _classWeights?.Apply(_targets.AsSpan(0, count * _classCount));
        if (_draws is not null)
        {
            var random = new CounterRandom(_options.Seed, RandomPurpose.DropPath, step, part);
            foreach (ref float draw in _draws.AsSpan(0, count * _blocks)) draw = random.NextSingle();
        }
        return new TrainingBatch
        {
            Images = loaded.Images,
            Targets = _targets,
            DropPathDraws = _draws,
            Logits = _logits,
            LabeledShares = _labeledShares,
            Items = loaded.Plan!.Items,
            Count = count,
            Height = _options.TrainingPreprocessing.Height,
            Width = _options.TrainingPreprocessing.Width,
            GradientScale = 1f / _options.AccumulateBatches,
        };
    }
}
