using System.Collections.Immutable;
using ConvNeXt.Backbone.Engines.Managed;
namespace ConvNeXt.Backbone.Training.Data;

/// <summary>What is in a batch.</summary>
/// <param name="Epoch">Counted from 0.</param>
/// <param name="IsValidation">Whether the items are of the validation set.</param>
/// <param name="Items">Indices of items, at least one.</param>
internal sealed record PlannedBatch(int Epoch, bool IsValidation, int[] Items)
{
    /// <summary>Number of the batch among those of its kind in the epoch, from 0.</summary>
    internal int Step { get; init; }
}

/// <summary>
/// The batches of a whole run in the order in which they are needed: for every epoch the shuffled training set, and after it the validation set where the epoch
/// is evaluated. One loader walks it from end to end, so that it prepares the next epoch while the last one is evaluated.
/// <para>Where several batches make a step, those at the end of an epoch that are too few for one are left out, as in the official engine.py.</para>
/// </summary>
internal sealed class BatchPlan
{
    private readonly ImmutableArray<int> _train;
    private readonly ImmutableArray<int> _validation;
    private readonly TrainingOptions _options;
    private readonly int[] _labels;
    private readonly int[] _starts;
    private int[] _order = [];
    private int _orderedEpoch = -1;

    /// <summary>Plans a run.</summary>
    /// <param name="train">Items of the training set.</param>
    /// <param name="validation">Items of the validation set.</param>
    /// <param name="options">How the run trains.</param>
    /// <param name="labels">The labels of all items of the training source, for balanced sampling.</param>
    /// <param name="totalSteps">Optimizer steps of the run, at most those of all epochs; null for these.</param>
    /// <exception cref="ArgumentException">An epoch has fewer batches than a step takes.</exception>
    internal BatchPlan(ImmutableArray<int> train, ImmutableArray<int> validation, TrainingOptions options, int[] labels, int? totalSteps = null)
    {
        (_train, _validation, _options, _labels) = (train, validation, options, labels);
        StepsPerEpoch = BatchesFor(train.Length) / options.AccumulateBatches;
        if (StepsPerEpoch == 0)
        {
            throw new ArgumentException(
                $"{train.Length} training images are {BatchesFor(train.Length)} batches of {options.BatchSize}, fewer than {nameof(options.AccumulateBatches)}, {options.AccumulateBatches}.",
                nameof(options));
        }
        ValidationBatches = BatchesFor(validation.Length);
        MostSteps = checked(options.Epochs * StepsPerEpoch);
        TotalSteps = Math.Min(totalSteps ?? MostSteps, MostSteps);
        Epochs = (TotalSteps + StepsPerEpoch - 1) / StepsPerEpoch;
        _starts = new int[Epochs + 1];
        for (int epoch = 0; epoch < Epochs; epoch++)
            _starts[epoch + 1] = checked(_starts[epoch] + StepsOf(epoch) * options.AccumulateBatches + (IsEvaluated(epoch) ? ValidationBatches : 0));
    }

    /// <summary>Batches altogether.</summary>
    internal int Count => _starts[^1];

    /// <summary>Optimizer steps of a whole epoch.</summary>
    internal int StepsPerEpoch { get; }

    internal int ValidationBatches { get; }

    /// <summary>Optimizer steps of all epochs that the options ask for.</summary>
    internal int MostSteps { get; }

    /// <summary>Optimizer steps of the run.</summary>
    internal int TotalSteps { get; }

    /// <summary>Epochs of the run; the last one is not whole where <see cref="TotalSteps"/> ends within it.</summary>
    internal int Epochs { get; }

    /// <summary>Optimizer steps of an epoch, counted from 0.</summary>
    internal int StepsOf(int epoch) => Math.Min(StepsPerEpoch, TotalSteps - (epoch * StepsPerEpoch));

    /// <summary>Whether the validation set is scored after an epoch, counted from 0.</summary>
    internal bool IsEvaluated(int epoch) =>
        ValidationBatches > 0 && ((epoch + 1) % _options.EvaluateEveryEpochs == 0 || epoch == Epochs - 1);

    /// <summary>Number of the batch that comes after so many steps of an epoch.</summary>
    internal int NumberOf(int epoch, int steps) => _starts[epoch] + (steps * _options.AccumulateBatches);

    /// <summary>The contents of a batch. To be asked for in ascending order, as only the shuffle of one epoch is kept.</summary>
    internal PlannedBatch this[int number]
    {
        get
        {
            int found = Array.BinarySearch(_starts, number);
            int epoch = found >= 0 ? found : ~found - 1;
            int batch = number - _starts[epoch], validationBatch = batch - (StepsOf(epoch) * _options.AccumulateBatches);
            if (validationBatch >= 0) return new PlannedBatch(epoch, IsValidation: true, Slice(_validation.AsSpan(), validationBatch)) { Step = validationBatch };
            if (epoch != _orderedEpoch) (_order, _orderedEpoch) = (OrderOf(epoch), epoch);
            return new PlannedBatch(epoch, IsValidation: false, Slice(_order, batch)) { Step = batch };
        }
    }

    private int[] OrderOf(int epoch) => _options.BalancedSampling
        ? BalancedOrder.Create(_train.AsSpan(), _labels, _options.Seed, epoch)
        : EpochOrder.Shuffle(_train.AsSpan(), _options.Seed, epoch);

    private int[] Slice(ReadOnlySpan<int> items, int batch)
    {
        int start = batch * _options.BatchSize;
        return items.Slice(start, Math.Min(_options.BatchSize, items.Length - start)).ToArray();
    }

    private int BatchesFor(int images) => (int)(((long)images + _options.BatchSize - 1) / _options.BatchSize);
}
