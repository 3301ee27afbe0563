using ConvNeXt.Backbone.Training.Augmentation;
namespace ConvNeXt.Backbone.Training.Data;

/// <summary>A batch that is being prepared or in use; its buffer is reused for later ones.</summary>
internal sealed class LoadedBatch(int length)
{
    /// <summary>The images one after the other.</summary>
    internal float[] Images { get; } = new float[length];

    /// <summary>Number of the batch; negative before the first.</summary>
    internal int Number { get; private set; } = -1;

    /// <summary>What is or will be in it; null before the first.</summary>
    internal PlannedBatch? Plan { get; private set; }

    /// <summary>Images that are still to come.</summary>
    internal int Missing { get; set; }

    /// <summary>How its images were mixed.</summary>
    internal BatchMix Mix { get; set; } = BatchMix.None;

    /// <summary>The error of the first image, in the order of the batch, that could not be loaded.</summary>
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
