using ConvNeXt.Backbone.Training.Augmentation;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>A batch that is being prepared or in use; its buffer is reused for later batches.</summary>
internal sealed class LoadedBatch(int length)
{
    /// <summary>The concatenated images.</summary>
    internal float[] Images { get; } = new float[length];

    /// <summary>Number of the batch; negative before the first one.</summary>
    internal int Number { get; private set; } = -1;

    /// <summary>The planned contents; null before the first batch.</summary>
    internal PlannedBatch? Plan { get; private set; }

    /// <summary>Number of images that are not loaded yet.</summary>
    internal int Missing { get; set; }

    /// <summary>How the images were mixed.</summary>
    internal BatchMix Mix { get; set; } = BatchMix.None;

    /// <summary>The error of the first image, in batch order, that could not be loaded.</summary>
    internal (int Position, Exception Error)? Failure { get; private set; }

    internal void Begin(int number, PlannedBatch plan) => (Number, Plan, Missing, Mix, Failure) = (number, plan, plan.Items.Length, BatchMix.None, null);

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
