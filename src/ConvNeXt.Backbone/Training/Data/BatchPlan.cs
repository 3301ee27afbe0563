using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Distributed;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>The contents of a batch.</summary>
/// <param name="Epoch">The epoch, counted from 0.</param>
/// <param name="IsValidation">Whether the items are from the validation set.</param>
/// <param name="Items">Indices of the items of this rank: at least one, or none if there are more ranks than items.</param>
internal sealed record PlannedBatch(int Epoch, bool IsValidation, int[] Items)
{
    /// <summary>Number of the batch among the training or validation batches of the epoch, from 0.</summary>
    internal int Step { get; init; }

    /// <summary>Indices of the items of all ranks.</summary>
    internal int[] Whole { get; init; } = Items;

    /// <summary>Where each of the items is in the whole batch; null if this rank has all of it.</summary>
    internal int[]? Positions { get; init; }
}

/// <summary>
/// The batches of a whole run in the order in which they are needed: for every epoch the shuffled training set, followed by the validation set if the epoch is
/// evaluated. One loader runs through the whole plan, so that it prepares the next epoch during evaluation.
/// <para>If a step takes several batches, leftover batches at the end of an epoch are skipped, as in the official engine.py.</para>
/// </summary>
internal sealed class BatchPlan
{
    private readonly ImmutableArray<int> _train;
    private readonly ImmutableArray<int> _validation;
    private readonly TrainingOptions _options;
    private readonly RankShare _share;
    private readonly int[] _labels;
    private readonly int[] _starts;
    private int[] _order = [];
    private int _orderedEpoch = -1;

    /// <summary>Plans a run.</summary>
    /// <param name="train">Items of the training set.</param>
    /// <param name="validation">Items of the validation set.</param>
    /// <param name="options">The training options.</param>
    /// <param name="labels">Labels of all items of the training source, for balanced sampling.</param>
    /// <param name="totalSteps">Number of optimizer steps of the run, at most those of all epochs; null for all epochs.</param>
    /// <param name="share">The part of each batch to plan for; null for all of it.</param>
    /// <exception cref="ArgumentException">An epoch has fewer batches than a step takes.</exception>
    internal BatchPlan(
        ImmutableArray<int> train, ImmutableArray<int> validation, TrainingOptions options, int[] labels, int? totalSteps = null, RankShare? share = null)
    {
        (_train, _validation, _options, _labels) = (train, validation, options, labels);
        _share = share ?? RankShare.Whole;
        StepsPerEpoch = StepsOfEpoch(options, train.Length);
        if (StepsPerEpoch == 0)
        {
            throw new ArgumentException(
                $"{train.Length} training images are {BatchesFor(train.Length)} batches of {options.BatchSize}, fewer than {nameof(options.AccumulateBatches)}, {options.AccumulateBatches}.",
                nameof(options));
        }
        ValidationBatches = BatchesFor(validation.Length);
        MostSteps = StepsOfEpochs(options, StepsPerEpoch);
        TotalSteps = Math.Min(totalSteps ?? MostSteps, MostSteps);
        Epochs = (TotalSteps + StepsPerEpoch - 1) / StepsPerEpoch;
        _starts = new int[Epochs + 1];
        for (int epoch = 0; epoch < Epochs; epoch++)
            _starts[epoch + 1] = checked(_starts[epoch] + StepsOf(epoch) * options.AccumulateBatches + (IsEvaluated(epoch) ? ValidationBatches : 0));
    }

    /// <summary>Number of optimizer steps of all epochs in the options, if there is no time limit; for too few images, as if an epoch were one step.</summary>
    internal static int StepsOfRun(TrainingOptions options, int images) => StepsOfEpochs(options, Math.Max(1, StepsOfEpoch(options, images)));

    /// <summary>The same in epochs.</summary>
    internal static int EpochsOfRun(TrainingOptions options, int images) => StepsOfRun(options, images) / Math.Max(1, StepsOfEpoch(options, images));

    /// <summary>Total number of batches.</summary>
    internal int Count => _starts[^1];

    /// <summary>Number of optimizer steps of a whole epoch.</summary>
    internal int StepsPerEpoch { get; }

    internal int ValidationBatches { get; }

    /// <summary>Number of optimizer steps of all epochs in the options.</summary>
    internal int MostSteps { get; }

    /// <summary>Number of optimizer steps of the run.</summary>
    internal int TotalSteps { get; }

    /// <summary>Number of epochs of the run; the last one is incomplete if <see cref="TotalSteps"/> ends within it.</summary>
    internal int Epochs { get; }

    /// <summary>Number of optimizer steps of an epoch, which is counted from 0.</summary>
    internal int StepsOf(int epoch) => Math.Min(StepsPerEpoch, TotalSteps - (epoch * StepsPerEpoch));

    /// <summary>Whether the validation set is scored after an epoch, counted from 0.</summary>
    internal bool IsEvaluated(int epoch) =>
        ValidationBatches > 0 && ((epoch + 1) % _options.EvaluateEveryEpochs == 0 || epoch == Epochs - 1);

    /// <summary>Number of the batch that follows the given number of steps of an epoch.</summary>
    internal int NumberOf(int epoch, int steps) => _starts[epoch] + (steps * _options.AccumulateBatches);

    /// <summary>The contents of a batch. Must be read in ascending order, because only the order of one epoch is kept.</summary>
    internal PlannedBatch this[int number]
    {
        get
        {
            int found = Array.BinarySearch(_starts, number);
            int epoch = found >= 0 ? found : ~found - 1;
            int batch = number - _starts[epoch], validationBatch = batch - (StepsOf(epoch) * _options.AccumulateBatches);
            if (validationBatch >= 0) return Plan(epoch, isValidation: true, Slice(_validation.AsSpan(), validationBatch), validationBatch);
            if (epoch != _orderedEpoch) (_order, _orderedEpoch) = (OrderOf(epoch), epoch);
            return Plan(epoch, isValidation: false, Slice(_order, batch), batch);
        }
    }

    // Mixup mixes images of one rank: both of a pair are there.
    private PlannedBatch Plan(int epoch, bool isValidation, int[] whole, int step)
    {
        if (_share.IsWhole) return new PlannedBatch(epoch, isValidation, whole) { Step = step };
        int[] positions = _share.PositionsOf(whole.Length, inPairs: !isValidation && _options.Mixup is not null);
        return new PlannedBatch(epoch, isValidation, [.. positions.Select(position => whole[position])]) { Step = step, Whole = whole, Positions = positions };
    }

    private int[] OrderOf(int epoch) => _options.BalancedSampling
        ? BalancedOrder.Create(_train.AsSpan(), _labels, _options.Seed, epoch)
        : EpochOrder.Shuffle(_train.AsSpan(), _options.Seed, epoch);

    private int[] Slice(ReadOnlySpan<int> items, int batch)
    {
        int start = batch * _options.BatchSize;
        return items.Slice(start, Math.Min(_options.BatchSize, items.Length - start)).ToArray();
    }

    private static int StepsOfEpoch(TrainingOptions options, int images) =>
        (int)(((long)images + options.BatchSize - 1) / options.BatchSize) / options.AccumulateBatches;

    private static int StepsOfEpochs(TrainingOptions options, int stepsPerEpoch) =>
        checked(Math.Max(options.Epochs, (options.MinSteps + stepsPerEpoch - 1) / stepsPerEpoch) * stepsPerEpoch);

    private int BatchesFor(int images) => (int)(((long)images + _options.BatchSize - 1) / _options.BatchSize);
}
