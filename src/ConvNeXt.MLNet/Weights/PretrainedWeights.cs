using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.Weights;

/// <summary>Loads pretrained weights and adapts them to the network to train.</summary>
internal static class PretrainedWeights
{
    /// <summary>Scale of the weights of a fresh head in the official fine-tuning (TRAINING.md, <c>--head_init_scale</c>).</summary>
    private const double FineTuningHeadScale = 0.001;

    /// <summary>
    /// Returns the weights with a head for the classes to train. <see cref="ConvNeXtTrainer.Options.HeadIndices"/> selects the rows of the head; if it is null,
    /// a head with another number of classes is replaced with a fresh one.
    /// </summary>
    /// <param name="loaded">The weights.</param>
    /// <param name="replacesHead">Whether the head has no classes, so that it is replaced whatever its size.</param>
    /// <param name="options">The head indices.</param>
    /// <param name="config">The network to train.</param>
    /// <param name="training">Random seed and scale of a fresh head.</param>
    /// <param name="note">Log message about the head; empty if it is unchanged.</param>
    /// <exception cref="ArgumentException">HeadIndices does not match the classes or the head of the file.</exception>
    public static WeightSet AdaptHead(
        LoadedWeights loaded, bool replacesHead, ConvNeXtTrainer.Options options, ConvNeXtConfig config, TrainingOptions training, out string note)
    {
        IReadOnlyList<int>? indices = options.HeadIndices;
        if (indices is not null && indices.Count != config.ClassCount)
        {
            throw new ArgumentException(
                $"Option {nameof(options.HeadIndices)} has {indices.Count} indices, but the label has {config.ClassCount} classes; each needs an index.",
                nameof(options));
        }

        var (weights, path, classCount) = (loaded.Weights, loaded.Source, loaded.Config.ClassCount);
        note = "";
        if (indices is null)
        {
            if (classCount == config.ClassCount && !replacesHead) return weights;
            if (!replacesHead) note = $"The head of '{path}' has {classCount} classes; it is replaced with a fresh head for {config.ClassCount} classes.";
            indices = [.. Enumerable.Repeat(HeadMapping.FreshRow, config.ClassCount)];
        }
        else
        {
            int fresh = indices.Count(index => index == HeadMapping.FreshRow);
            note = $"{indices.Count - fresh} classes use rows of the head of '{path}', which has {classCount} classes; {fresh} get a fresh row.";
        }

        try
        {
            return SelectHead(weights, indices, config, training.Seed, training.HeadInitScale);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"Option {nameof(options.HeadIndices)} does not match the head of '{path}': {e.Message}", nameof(options), e);
        }
    }

    /// <summary>Selects rows of the head by index. Fresh rows are scaled down, by default as in the official fine-tuning.</summary>
    /// <exception cref="ArgumentException">An index is out of range.</exception>
    public static WeightSet SelectHead(WeightSet weights, IReadOnlyList<int> indices, ConvNeXtConfig config, long seed, double? headScale) =>
        HeadMapping.Select(
            weights, indices, indices.Contains(HeadMapping.FreshRow) ? WeightInitializer.Create(config, seed, (float)(headScale ?? FineTuningHeadScale)) : null);
}
