using System.Text.Json;
using System.Text.Json.Nodes;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;

namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>One training setup of the study, for any data set, fold and seed.</summary>
/// <param name="Network">The network; its class count is set by <see cref="For"/>.</param>
/// <param name="Options">How it is trained.</param>
internal sealed record AblationCase(ConvNeXtConfig Network, TrainingOptions Options)
{
    // Settings that do not change the result of a run.
    private static readonly HashSet<string> WithoutEffect =
        ["BatchesAhead", "ClassNames", "ComputeThreads", "DataQueueBytes", "FeatureCount", "IsIsotropic", "Length", "LoaderThreads", "Name", "TopK"];

    // Settings that are off at a value other than null, false and 0.
    private static readonly HashSet<string> Off = [".Options.AccumulateBatches=1"];

    /// <summary>
    /// A network of 0.6 million parameters at 64 pixels for 30 epochs, with the optimizer settings of <see cref="Recipe.SmallData"/> but without augmentation,
    /// normalization by the training set and label smoothing, which the rows of the table add.
    /// </summary>
    public static AblationCase Baseline { get; } = new(
        new ConvNeXtConfig { Name = "0.6M", Depths = [1, 1, 2, 1], Widths = [24, 48, 96, 192] },
        Recipe.SmallData.Training with
        {
            Epochs = 30,
            LabelSmoothing = 0,
            Preprocessing = ImagePreprocessing.ForSize(64),
            NormalizeByTrainingSet = false,
            Crop = null,
            HorizontalFlip = 0,
            RandomErasing = null,
        });

    /// <summary>The setup for a data set and a seed: one thread a run, evaluated after the last epoch.</summary>
    public AblationCase For(int classCount, int seed) => new(
        Network with { ClassCount = classCount },
        Options with { Seed = seed, LoaderThreads = 1, ComputeThreads = 1, EvaluateEveryEpochs = Options.Epochs });

    /// <summary>
    /// The settings as text; cases with the same text train the same. Settings that are off (null, false, 0, or listed in <see cref="Off"/>) are left out,
    /// so an option that is added to the library later, and is off here, does not change the text.
    /// </summary>
    public string Describe() => string.Join(' ', Leaves(JsonSerializer.SerializeToNode(this), "").Order(StringComparer.Ordinal));

    private static IEnumerable<string> Leaves(JsonNode? node, string path) => node switch
    {
        JsonObject parts => parts.Where(part => !WithoutEffect.Contains(part.Key)).SelectMany(part => Leaves(part.Value, $"{path}.{part.Key}")),
        JsonArray items => items.SelectMany((item, at) => Leaves(item, $"{path}[{at}]")),
        null => [],
        _ => node.ToJsonString() is var value && value is "false" or "0" || Off.Contains($"{path}={value}") ? [] : [$"{path}={value}"],
    };
}

/// <summary>A row of the table: one technique.</summary>
/// <param name="Name">The technique.</param>
/// <param name="Stays">Whether the rows below also have it.</param>
/// <param name="Add">Adds the technique to a setup.</param>
internal sealed record AblationRow(string Name, bool Stays, Func<AblationCase, AblationCase> Add)
{
    /// <summary>A technique that changes training options only.</summary>
    public AblationRow(string name, bool stays, Func<TrainingOptions, TrainingOptions> add)
        : this(name, stays, AddsTo(add))
    {
    }

    private static Func<AblationCase, AblationCase> AddsTo(Func<TrainingOptions, TrainingOptions> add) => study => study with { Options = add(study.Options) };
}
