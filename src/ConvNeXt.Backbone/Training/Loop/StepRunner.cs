using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Optimization;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// Runs optimizer steps: creates the soft targets and stochastic-depth draws for the batches of a step; the engine accumulates their gradients and applies
/// them. Draws depend only on the seed, the step, the batch and the image's place in it, so that they are the same for any number of ranks.
/// </summary>
internal sealed class StepRunner
{
    private readonly TrainingOptions _options;
    private readonly ImageSet _train;
    private readonly ITrainingEngine _engine;
    private readonly RunRanks _ranks;
    private readonly ClassWeighting? _classWeights;
    private readonly float[] _targets;
    private readonly float[] _labeledShares;
    private readonly float[] _logits;
    private readonly float[]? _draws;
    private readonly int[] _labels;
    private readonly int _classCount;
    private readonly int _blocks;

    internal StepRunner(ConvNeXtConfig config, TrainingOptions options, ImageSet train, ITrainingEngine engine, RunRanks ranks)
    {
        (_options, _train, _engine, _ranks) = (options, train, engine, ranks);
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
        var total = new StepSums();
        double? notFinite = null;
        for (int part = 0; part < _options.AccumulateBatches; part++)
        {
            var loaded = loader.Take(_ranks.CheckAlive);
            int count = loaded.CopyLabels(_train, _labels), ofAllRanks = CountOfAllRanks(loaded.Plan!, count);
            if (count == 0) continue;
            double loss = _engine.AccumulateGradients(CreateBatch(loaded, count, ofAllRanks, step, part), _ranks.CheckAlive);
            if (!double.IsFinite(loss)) notFinite ??= loss;
            if (notFinite is not null && !_ranks.AreSeveral) break;
            Add(ref total, loaded, count, loss);
        }

        if (_ranks.AreSeveral) Share(ref total, ref notFinite);
        if (notFinite is not null && !_ranks.AreSeveral) throw diverged(Invariant($"The loss is {notFinite}"));
        if (total.Images == 0) return sums;

        // The norm is always measured, so that non-finite gradients never reach the weights or a checkpoint.
        double? norm = _engine.ApplyGradients(new OptimizerStep(learningRate) { MaxGradientNorm = _options.MaxGradientNorm ?? double.PositiveInfinity });
        if (notFinite is not null) throw diverged(Invariant($"The loss is {notFinite}")); // the exchange that the step completes has begun
        if (norm is { } measured && !double.IsFinite(measured)) throw diverged(Invariant($"The gradient norm is {measured}"));
        TimeSpan time = Stopwatch.GetElapsedTime(started);
        _ranks.Adapt(time);
        return new EpochSums(sums.Loss + total.Loss, sums.Images + total.Images, sums.Hits + total.Hits, learningRate, sums.Seconds + time.TotalSeconds)
        {
            Unlabeled = sums.Unlabeled + total.Unlabeled,
        };
    }

    /// <summary>Whether the ranks agreed in the last step to stop after it.</summary>
    internal bool IsCancelAgreed { get; private set; }

    // Without images that are left out, the number is known.
    private int CountOfAllRanks(PlannedBatch plan, int count)
    {
        if (!_ranks.AreSeveral) return count;
        if (!_options.SkipUnreadableImages) return plan.Whole.Length;
        Span<double> sum = [count];
        _ranks.Group.Sum(sum);
        return (int)sum[0];
    }

    private void Add(ref StepSums total, LoadedBatch loaded, int count, double loss)
    {
        total.Loss += loss * count;
        total.Images += count;
        for (int image = 0; image < count; image++)
        {
            int largerPart = loaded.Mix.Share >= 0.5 ? image : count - 1 - image;
            if (_labels[largerPart] < 0) total.Unlabeled++;
            else if (ClassificationTally.IndexOfLargest(_logits.AsSpan(image * _classCount, _classCount)) == _labels[largerPart]) total.Hits++;
        }
    }

    private void Share(ref StepSums total, ref double? notFinite)
    {
        Span<double> values = [total.Loss, total.Images, total.Hits, total.Unlabeled, _ranks.Cancellation];
        _ranks.Group.Sum(values);
        total = new StepSums { Loss = values[0], Images = (int)values[1], Hits = (int)values[2], Unlabeled = (int)values[3] };
        IsCancelAgreed = values[4] > 0;
        if (!double.IsFinite(total.Loss)) notFinite ??= total.Loss;
    }

    private TrainingBatch CreateBatch(LoadedBatch loaded, int count, int ofAllRanks, int step, int part)
    {
        for (int image = 0; image < count; image++)
        {
            int partner = _labels[count - 1 - image];
            Span<float> target = _targets.AsSpan(image * _classCount, _classCount);
            _labeledShares[image] = (float)SoftTargets.MixKnown(_labels[image], partner, loaded.Mix.Share, _options.LabelSmoothing, target);
        }
        _classWeights?.Apply(_targets.AsSpan(0, count * _classCount));
        if (_draws is not null) DrawPaths(loaded.Plan!, count, step, part);
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
            GradientScale = (float)count / ofAllRanks / _options.AccumulateBatches,
            IsLastOfStep = part == _options.AccumulateBatches - 1,
        };
    }

    // Draws are those of the whole batch, block by block; a rank takes those of its images.
    private void DrawPaths(PlannedBatch plan, int count, int step, int part)
    {
        int whole = plan.Positions is null ? count : plan.Whole.Length;
        var first = new CounterRandom(_options.Seed, RandomPurpose.DropPath, step, part);
        for (int block = 0; block < _blocks; block++)
        {
            for (int image = 0; image < count; image++)
            {
                CounterRandom random = first;
                random.Skip(((long)block * whole) + (plan.Positions?[image] ?? image));
                _draws![(block * count) + image] = random.NextSingle();
            }
        }
    }

    private struct StepSums
    {
        public double Loss;
        public int Images, Hits, Unlabeled;
    }
}
