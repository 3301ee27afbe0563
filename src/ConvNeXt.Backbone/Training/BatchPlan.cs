using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Training;

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
    /// <param name="train">The items to train on.</param>
    /// <param name="validation">The items to validate on.</param>
    /// <param name="options">Epochs, batch size, seed and sampling.</param>
    /// <param name="labels">The labels of all items of the training source, for balanced sampling.</param>
    internal BatchPlan(ImmutableArray<int> train, ImmutableArray<int> validation, TrainingOptions options, int[] labels)
    {
        (_train, _validation, _options, _labels) = (train, validation, options, labels);
        StepsPerEpoch = BatchesFor(train.Length);
        ValidationBatches = BatchesFor(validation.Length);
        _starts = new int[options.Epochs + 1];
        for (int epoch = 0; epoch < options.Epochs; epoch++)
            _starts[epoch + 1] = checked(_starts[epoch] + StepsPerEpoch + (IsEvaluated(epoch) ? ValidationBatches : 0));
    }

    /// <summary>Batches altogether.</summary>
    internal int Count => _starts[^1];

    internal int StepsPerEpoch { get; }

    internal int ValidationBatches { get; }

    /// <summary>Whether the validation set is scored after an epoch, counted from 0.</summary>
    internal bool IsEvaluated(int epoch) =>
        ValidationBatches > 0 && ((epoch + 1) % _options.EvaluateEveryEpochs == 0 || epoch == _options.Epochs - 1);

    /// <summary>The contents of a batch. To be asked for in ascending order, as only the shuffle of one epoch is kept.</summary>
    internal PlannedBatch this[int number]
    {
        get
        {
            int found = Array.BinarySearch(_starts, number);
            int epoch = found >= 0 ? found : ~found - 1;
            int step = number - _starts[epoch];
            int validationStep = step - StepsPerEpoch;
            if (validationStep >= 0) return new PlannedBatch(epoch, IsValidation: true, Slice(_validation.AsSpan(), validationStep)) { Step = validationStep };
            if (epoch != _orderedEpoch) (_order, _orderedEpoch) = (OrderOf(epoch), epoch);
            return new PlannedBatch(epoch, IsValidation: false, Slice(_order, step)) { Step = step };
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
