using ConvNeXt.Backbone.Training.Augmentation;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>A batch that is being prepared or in use; its buffer is reused for later batches.</summary>
internal sealed class LoadedBatch(int length)
{
    private readonly List<(int Item, Exception Error)> _leftOut = [];
    private readonly HashSet<int> _leftOutPositions = [];

    /// <summary>The concatenated images.</summary>
    internal float[] Images { get; } = new float[length];

    /// <summary>Number of the batch; negative before the first one.</summary>
    internal int Number { get; private set; } = -1;

    /// <summary>The contents: as planned, without the images that could not be read. Null before the first batch.</summary>
    internal PlannedBatch? Plan { get; private set; }

    /// <summary>Number of images that are not loaded yet.</summary>
    internal int Missing { get; set; }

    /// <summary>How the images were mixed.</summary>
    internal BatchMix Mix { get; set; } = BatchMix.None;

    /// <summary>The error of the first image, in batch order, that could not be loaded.</summary>
    internal (int Position, Exception Error)? Failure { get; private set; }

    /// <summary>The items that could not be read and are not in the batch, in no particular order.</summary>
    internal IReadOnlyList<(int Item, Exception Error)> LeftOut => _leftOut;

    internal void Begin(int number, PlannedBatch plan)
    {
        (Number, Plan, Missing, Mix, Failure) = (number, plan, plan.Items.Length, BatchMix.None, null);
        _leftOut.Clear();
        _leftOutPositions.Clear();
    }

    /// <summary>Makes this the batch that could not be planned.</summary>
    internal void BeginFailed(int number, Exception error)
    {
        (Number, Plan, Missing, Failure) = (number, null, 0, (0, error));
        _leftOut.Clear();
    }

    /// <summary>Notes that an image is not to be in the batch.</summary>
    internal void LeaveOut(int position, Exception error)
    {
        _leftOutPositions.Add(position);
        _leftOut.Add((Plan!.Items[position], error));
    }

    /// <summary>Closes the gaps of the images that are left out, when all images are loaded.</summary>
    internal void CloseGaps(int imageLength)
    {
        if (_leftOutPositions.Count == 0) return;
        int[] kept = [.. Enumerable.Range(0, Plan!.Items.Length).Except(_leftOutPositions)];
        for (int to = 0; to < kept.Length; to++)
            if (kept[to] != to) Images.AsSpan(kept[to] * imageLength, imageLength).CopyTo(Images.AsSpan(to * imageLength));
        Plan = Plan with
        {
            Items = [.. kept.Select(position => Plan.Items[position])],
            Positions = Plan.Positions is { } positions ? [.. kept.Select(position => positions[position])] : null,
        };
    }

    /// <summary>Copies the labels of the batch's images.</summary>
    /// <returns>The number of images.</returns>
    internal int CopyLabels(ImageSet set, int[] labels)
    {
        int[] items = Plan!.Items;
        for (int image = 0; image < items.Length; image++) labels[image] = set.LabelOf(items[image]);
        return items.Length;
    }

    internal void Fail(int position, Exception error)
    {
        if (Failure is not { } earlier || position < earlier.Position) Failure = (position, error);
    }
}
