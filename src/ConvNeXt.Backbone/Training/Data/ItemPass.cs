using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>One pass over items outside the epoch loop, in batches that are prepared ahead.</summary>
internal static class ItemPass
{
    /// <summary>Runs the pass in the order of the items.</summary>
    /// <param name="items">The items.</param>
    /// <param name="itemLength">Number of floats per item.</param>
    /// <param name="fill">Prepares an item as a validation item; called from several threads concurrently.</param>
    /// <param name="options">Batch size and batches ahead.</param>
    /// <param name="loaderThreads">Number of loader threads.</param>
    /// <param name="checkAlive">Called between batches; may throw to stop the pass.</param>
    /// <param name="use">Receives the items of each batch and their concatenated values.</param>
    /// <param name="errors">Lets unreadable images be left out; null if the first one is an error.</param>
    internal static void Run(
        ImmutableArray<int> items, int itemLength, ImageFiller fill, TrainingOptions options, int loaderThreads, Action checkAlive, Action<int[], float[]> use,
        ReadErrors? errors = null)
    {
        int[][] batches = [.. items.Chunk(options.BatchSize)];
        using var loader = new BatchLoader(
            batches.Length, options.BatchSize, itemLength, number => new PlannedBatch(0, IsValidation: true, batches[number]), fill, loaderThreads,
            options.BatchesAhead, errors: errors);
        for (int number = 0; number < batches.Length; number++)
        {
            var loaded = loader.Take(checkAlive);
            if (loaded.Plan!.Items.Length > 0) use(loaded.Plan.Items, loaded.Images);
            checkAlive();
        }
    }
}
