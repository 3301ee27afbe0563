using System.Text.Json;
using System.Text.Json.Nodes;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>What is trained and how, before data set, fold and seed.</summary>
internal sealed record AblationCase(ConvNeXtConfig Network, TrainingOptions Options)
{
    private static readonly HashSet<string> WithoutEffect =
        ["BatchesAhead", "ClassNames", "ComputeThreads", "DataQueueBytes", "FeatureCount", "IsIsotropic", "Length", "LoaderThreads", "Name", "TopK"];

    private static readonly HashSet<string> Off = [".Options.AccumulateBatches=1"];

    /// <summary>
    /// A network of 0.6 million parameters on pictures of 64 pixels, and the official optimizer with nothing else: no augmentation, no regularisation but weight decay.
    /// </summary>
    public static AblationCase Baseline { get; } = new(
        new ConvNeXtConfig { Name = "0.6M", Depths = [1, 1, 2, 1], Widths = [24, 48, 96, 192] },
        new TrainingOptions
        {
            Epochs = 30,
            WarmupEpochs = 5,
            BatchSize = 16,
            LearningRate = 2e-3,
            WeightDecay = 0.05,
            LabelSmoothing = 0,
            Preprocessing = ImagePreprocessing.ForSize(64),
            Crop = null,
            HorizontalFlip = 0,
        });

    /// <summary>The same for a data set and seed. Threads and evaluation are the study's: one thread a run, measured after the last epoch.</summary>
    public AblationCase For(int classCount, int seed) => new(
        Network with { ClassCount = classCount },
        Options with { Seed = seed, LoaderThreads = 1, ComputeThreads = 1, EvaluateEveryEpochs = Options.Epochs });

    /// <summary>
    /// The settings as text: cases of the same text train the same. What is off (null, false, 0) is not named, so that an option that is added to the library
    /// later, and is off here, changes nothing; <see cref="Off"/> lists what is off by another value.
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

/// <summary>A line of the table.</summary>
/// <param name="Name">What it adds.</param>
/// <param name="Stays">Whether the lines below it have it, too.</param>
/// <param name="Add">Adds it.</param>
internal sealed record AblationRow(string Name, bool Stays, Func<AblationCase, AblationCase> Add)
{
    /// <summary>A line of the options alone.</summary>
    public AblationRow(string name, bool stays, Func<TrainingOptions, TrainingOptions> add)
        : this(name, stays, AddsTo(add))
    {
    }

    private static Func<AblationCase, AblationCase> AddsTo(Func<TrainingOptions, TrainingOptions> add) => study => study with { Options = add(study.Options) };
}
