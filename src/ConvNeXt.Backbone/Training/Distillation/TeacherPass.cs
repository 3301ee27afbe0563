using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Data;

namespace ConvNeXt.Backbone.Training.Distillation;

/// <summary>A pass over training images before the first step, preprocessed as for scoring.</summary>
internal static class TeacherPass
{
    /// <summary>Runs the pass. Where unreadable images are skipped, they are left out of the set.</summary>
    /// <param name="options">Preprocessing, batch size and what happens to unreadable images.</param>
    /// <param name="train">The training set.</param>
    /// <param name="items">The items of it to pass over.</param>
    /// <param name="loaderThreads">Number of loader threads.</param>
    /// <param name="checkAlive">Called between batches; may throw to stop the pass.</param>
    /// <param name="use">Receives the items of each batch and their pixels.</param>
    internal static void Run(
        TrainingOptions options, ImageSet train, ImmutableArray<int> items, int loaderThreads, Action checkAlive, Action<int[], float[]> use)
    {
        var errors = options.SkipUnreadableImages ? new ReadErrors((_, item, error) => train.LeaveOut(item, error.Message)) : null;
        ItemPass.Run(items, options.Preprocessing.Length, Fill, options, loaderThreads, checkAlive, use, errors);

        void Fill(PlannedBatch plan, int item, Span<float> pixels)
        {
            using var image = train.Load(item);
            options.Preprocessing.Apply(image, pixels);
        }
    }
}
