using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet.Training;
using Microsoft.ML;

namespace ConvNeXt.MLNet.Weights;

/// <summary>A trained classifier as the starting point of a new training run.</summary>
internal static class InitialModel
{
    private const string Option = nameof(ConvNeXtTrainer.Options.InitialModel);

    /// <summary>Finds the classifier in a model: the model itself, or one in its transformer chain.</summary>
    /// <exception cref="ArgumentException">The model contains no classifier or more than one.</exception>
    public static ConvNeXtClassificationTransformer Find(ITransformer model) => Find(model, Option);

    /// <summary>Finds the classifier in a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Name of the option or parameter, for the message.</param>
    /// <exception cref="ArgumentException">The model contains no classifier or more than one.</exception>
    public static ConvNeXtClassificationTransformer Find(ITransformer model, string name)
    {
        ConvNeXtClassificationTransformer[] found = [.. FindAll(model)];
        return found.Length == 1
            ? found[0]
            : throw new ArgumentException(
                $"{name} is a {model.GetType().Name} that contains {found.Length} ConvNeXt classifiers; it must contain exactly one, "
                + $"such as a model loaded by {nameof(MLContext)}.Model.Load.",
                name);
    }

    /// <summary>Returns the model's weights with a head for the classes of the training data: rows of known labels are kept, others are fresh.</summary>
    /// <param name="model">The model.</param>
    /// <param name="config">The network to train.</param>
    /// <param name="label">The label column of the training data.</param>
    /// <param name="seed">Random seed of fresh rows.</param>
    /// <param name="headScale">Scale of fresh rows; null for that of the official fine-tuning.</param>
    /// <param name="note">Log message about the head.</param>
    /// <exception cref="WeightMismatchException">The model has another network; the message lists the tensors.</exception>
    public static WeightSet CreateWeights(ConvNeXtClassificationTransformer model, ConvNeXtConfig config, LabelColumn label, long seed, double? headScale, out string note)
    {
        WeightCheck.Require(config with { ClassCount = model.Config.ClassCount }, model.Weights, Option);
        int[] rows = FindRows(model, label);
        string[] added = [.. Enumerable.Range(0, rows.Length).Where(row => rows[row] == HeadMapping.FreshRow).Select(label.NameOf)];
        note = $"Head of the initial model: {rows.Length - added.Length} of {model.Config.ClassCount} rows are kept"
            + (added.Length == 0 ? "." : $"; {added.Length} classes get a fresh row: {string.Join(", ", added.Take(10))}{(added.Length > 10 ? ", ..." : "")}.");
        return PretrainedWeights.SelectHead(model.Weights, rows, config, seed, headScale);
    }

    private static int[] FindRows(ConvNeXtClassificationTransformer model, LabelColumn label)
    {
        if (label.Values is null || model.LabelNames.Count == 0)
        {
            bool same = model.Config.ClassCount == label.ClassCount; // without names, only the class count can be compared
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
