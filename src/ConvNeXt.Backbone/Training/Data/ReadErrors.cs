using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Training.Data;

/// <summary>
/// Lets images that cannot be read be left out of their batches, where <see cref="TrainingOptions.SkipUnreadableImages"/> asks for it: a file that was fine
/// when the run started may be gone, or on a share that does not respond.
/// </summary>
/// <param name="report">Called for every image left out, with the batch, the item and the error; on the thread that takes the batch.</param>
internal sealed class ReadErrors(Action<PlannedBatch, int, Exception> report)
{
    private const int MostWarnings = 20;

    /// <summary>Creates the one of a run, which warns; after many warnings the last one says that no more follow. Null if nothing may be left out.</summary>
    /// <param name="options">The options.</param>
    /// <param name="train">The training set.</param>
    /// <param name="validation">The validation set.</param>
    /// <param name="warn">Receives the messages.</param>
    internal static ReadErrors? Create(TrainingOptions options, ImageSet train, ImageSet? validation, Action<string> warn)
    {
        if (!options.SkipUnreadableImages) return null;
        int warnings = 0;
        return new ReadErrors(Warn);

        void Warn(PlannedBatch plan, int item, Exception error)
        {
            if (++warnings > MostWarnings) return;
            string rest = warnings == MostWarnings ? " Further images left out are not named." : "";
            string name = (plan.IsValidation ? validation! : train).DescribeItem(item);
            warn($"{name} was read before, but not now, and is left out in epoch {plan.Epoch + 1}: {error.Message}{rest}");
        }
    }

    /// <summary>Whether an image with this error is left out; otherwise the error ends the run.</summary>
    internal static bool Skips(Exception error) => error is UnreadableImageException;

    /// <summary>Reports the images that are not in the batch.</summary>
    internal void Report(LoadedBatch batch)
    {
        foreach (var (item, error) in batch.LeftOut) report(batch.Plan!, item, error);
    }
}
