using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>One pass over items in batches that are prepared ahead, outside of the loop of epochs.</summary>
internal static class ItemPass
{
    /// <summary>Goes through the items in their order.</summary>
    /// <param name="items">The items.</param>
    /// <param name="itemLength">Floats of an item.</param>
    /// <param name="fill">Prepares an item, as one of validation; called from several threads at once.</param>
    /// <param name="options">Batch size and batches ahead.</param>
    /// <param name="loaderThreads">Threads that prepare.</param>
    /// <param name="checkAlive">Called between batches; may throw to end the pass.</param>
    /// <param name="use">Receives the items of each batch and their values one after the other.</param>
    internal static void Run(
        ImmutableArray<int> items, int itemLength, ImageFiller fill, TrainingOptions options, int loaderThreads, Action checkAlive, Action<int[], float[]> use)
    {
        int[][] batches = [.. items.Chunk(options.BatchSize)];
        using var loader = new BatchLoader(
            batches.Length, options.BatchSize, itemLength, number => new PlannedBatch(0, IsValidation: true, batches[number]), fill, loaderThreads, options.BatchesAhead);
        foreach (int[] batch in batches)
        {
            use(batch, loader.Take(checkAlive).Images);
            checkAlive();
        }
    }
}
