using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet.Training;
using Microsoft.ML;

namespace ConvNeXt.MLNet.Weights;

/// <summary>A classifier that was trained before, as what a new training starts from.</summary>
internal static class InitialModel
{
    private const string Option = nameof(ConvNeXtTrainer.Options.InitialModel);

    /// <summary>Finds the classifier in a model: the model itself, or the one in its chain of transformers.</summary>
    /// <exception cref="ArgumentException">There is none, or more than one.</exception>
    public static ConvNeXtClassificationTransformer Find(ITransformer model)
    {
        ConvNeXtClassificationTransformer[] found = [.. FindAll(model)];
        return found.Length == 1
            ? found[0]
            : throw new ArgumentException(
                $"Option {Option} is a {model.GetType().Name} with {found.Length} ConvNeXt classifiers in it; it must be a model with exactly one, "
                + $"as {nameof(MLContext)}.Model.Load gives it.",
                Option);
    }

    /// <summary>The preprocessing to train with: as the options say, but normalised as the weights are used to it.</summary>
    public static ImagePreprocessing Normalize(ImagePreprocessing wanted, ConvNeXtClassificationTransformer model) =>
        wanted with { Mean = model.Preprocessing.Mean, StandardDeviation = model.Preprocessing.StandardDeviation };

    /// <summary>The model's weights with a head for the classes of the training data: rows of labels that the model knows are kept, others are fresh.</summary>
    /// <param name="model">The model.</param>
    /// <param name="config">The network to start.</param>
    /// <param name="label">The label column of the training data.</param>
    /// <param name="seed">Seed of fresh rows.</param>
    /// <param name="headScale">Factor on fresh rows; null for that of fine-tuning.</param>
    /// <param name="note">Says what became of the head.</param>
    /// <exception cref="WeightMismatchException">The model is of another network; the message names the tensors.</exception>
    public static WeightSet CreateWeights(ConvNeXtClassificationTransformer model, ConvNeXtConfig config, LabelColumn label, long seed, double? headScale, out string note)
    {
        WeightCheck.Require(config with { ClassCount = model.Config.ClassCount }, model.Weights, Option);
        int[] rows = FindRows(model, label);
        string[] added = [.. Enumerable.Range(0, rows.Length).Where(row => rows[row] == HeadMapping.FreshRow).Select(label.NameOf)];
        note = $"Of the initial model's head {rows.Length - added.Length} of {model.Config.ClassCount} rows are kept"
            + (added.Length == 0 ? "." : $"; {added.Length} classes get a fresh one: {string.Join(", ", added.Take(10))}{(added.Length > 10 ? ", ..." : "")}.");
        return PretrainedWeights.SelectHead(model.Weights, rows, config, seed, headScale);
    }

    private static int[] FindRows(ConvNeXtClassificationTransformer model, LabelColumn label)
    {
        if (label.Values is null || model.LabelNames.Count == 0)
        {
            bool same = model.Config.ClassCount == label.ClassCount; // nothing but their number tells that they are the same classes
            return [.. Enumerable.Range(0, label.ClassCount).Select(row => same ? row : HeadMapping.FreshRow)];
        }
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int row = 0; row < model.LabelNames.Count; row++) known.TryAdd(model.LabelNames[row], row);
        return [.. label.Values.Names.Select(name => known.GetValueOrDefault(name, HeadMapping.FreshRow))];
    }

    private static IEnumerable<ConvNeXtClassificationTransformer> FindAll(ITransformer model) => model switch
    {
        ConvNeXtClassificationTransformer classifier => [classifier],
        IEnumerable<ITransformer> chain => chain.SelectMany(FindAll),
        _ => [],
    };
}
