using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.Weights;

/// <summary>Fits weights that were read to the network that is trained.</summary>
internal static class PretrainedWeights
{
    /// <summary>What the official fine-tuning multiplies a fresh head's weights by (TRAINING.md, <c>--head_init_scale</c>).</summary>
    private const double FineTuningHeadScale = 0.001;

    /// <summary>
    /// Loads weights to start from. The head takes its rows as <see cref="ConvNeXtTrainer.Options.HeadIndices"/> says; without it, a head for another number of
    /// classes is replaced by a fresh one.
    /// </summary>
    /// <param name="loader">Reads the file.</param>
    /// <param name="options">Which weights.</param>
    /// <param name="config">The network to start.</param>
    /// <param name="training">Seed and scale of a fresh head.</param>
    /// <param name="note">Says what became of the head, or null where it stays.</param>
    /// <exception cref="ArgumentException">HeadIndices do not fit the classes or the file's head.</exception>
    /// <exception cref="WeightMismatchException">The weights are of another network; the message names the tensors.</exception>
    public static WeightSet Load(WeightsLoader loader, ConvNeXtTrainer.Options options, ConvNeXtConfig config, TrainingOptions training, out string? note)
    {
        IReadOnlyList<int>? indices = options.HeadIndices;
        if (indices is not null && indices.Count != config.ClassCount)
        {
            throw new ArgumentException(
                $"Option {nameof(options.HeadIndices)} has {indices.Count} indices, but the label has {config.ClassCount} classes: there must be one for each.",
                nameof(options));
        }

        var (weights, classCount, path) = loader.Load(options.Weights!, config, options.CancellationToken);
        WeightCheck.Require(config with { ClassCount = classCount }, weights, path);
        note = null;
        if (indices is null)
        {
            if (classCount == config.ClassCount) return weights;
            note = $"The head of '{path}' is for {classCount} classes; it is replaced by a fresh one for {config.ClassCount}.";
            indices = [.. Enumerable.Repeat(HeadMapping.FreshRow, config.ClassCount)];
        }
        else
        {
            int fresh = indices.Count(index => index == HeadMapping.FreshRow);
            note = $"{indices.Count - fresh} classes take their row of the head of '{path}', which is for {classCount} classes, and {fresh} get a fresh one.";
        }

        try
        {
            return SelectHead(weights, indices, config, training.Seed, training.HeadInitScale);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"Option {nameof(options.HeadIndices)} does not fit the head of '{path}': {e.Message}", nameof(options), e);
        }
    }

    /// <summary>Takes rows of the head by index; fresh ones are small, as the official fine-tuning begins.</summary>
    /// <exception cref="ArgumentException">An index is out of range.</exception>
    public static WeightSet SelectHead(WeightSet weights, IReadOnlyList<int> indices, ConvNeXtConfig config, long seed, double? headScale) =>
        HeadMapping.Select(
            weights, indices, indices.Contains(HeadMapping.FreshRow) ? WeightInitializer.Create(config, seed, (float)(headScale ?? FineTuningHeadScale)) : null);
}
