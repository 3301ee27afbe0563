using System.Text.Json.Serialization;
using ConvNeXt.Cli.ModelBuilder;
using ConvNeXt.MLNet;

namespace ConvNeXt.Cli.Training;

/// <summary>What to train, as it is kept in the folder of the run.</summary>
internal sealed record TrainRequest
{
    /// <summary>The seed where none is given: the same command gives the same model.</summary>
    public const int DefaultSeed = 1;

    /// <summary>The folder of images.</summary>
    public required string Data { get; init; }

    /// <summary>Another file for the model; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>The time limit; null for none.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Width and height of the network's input; null for the recipe's.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Number of epochs; null for the recipe's.</summary>
    public int? Epochs { get; init; }

    /// <summary>Images per step; null for the recipe's.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The seed; null for <see cref="DefaultSeed"/>.</summary>
    public int? Seed { get; init; }

    /// <summary>The weights to start from; "none" for none, null for the packaged ones.</summary>
    public string? Weights { get; init; }

    /// <summary>Whether to load weights whose license excludes commercial use.</summary>
    public bool AcceptNonCommercialLicense { get; init; }

    /// <summary>The license of <see cref="Weights"/>; null for the known one.</summary>
    public string? WeightsLicense { get; init; }

    /// <summary>Tuned values by name, as <c>convnext tune</c> writes them; null for none.</summary>
    public SortedDictionary<string, double>? Settings { get; init; }

    /// <summary>Whether to train on the first GPU.</summary>
    public bool Gpu { get; init; }

    /// <summary>The project file of Model Builder to write; null for none. The model then reads images from the column that Model Builder names.</summary>
    public string? Project { get; init; }

    /// <summary>Whether to write code beside the project file.</summary>
    public bool Code { get; init; }

    /// <summary>The namespace of the code; null to find one.</summary>
    public string? Namespace { get; init; }

    /// <summary>Whether <see cref="Output"/>, the project file and the code replace existing files.</summary>
    public bool Replaces { get; init; }

    /// <summary>Whether training starts from random weights.</summary>
    [JsonIgnore]
    public bool StartsFromScratch => "none".Equals(Weights, StringComparison.OrdinalIgnoreCase);

    /// <summary>The column that the model reads images from.</summary>
    [JsonIgnore]
    public string ImageColumn => Project is null ? nameof(LabeledImage.ImagePath) : ModelBuilderRow.ImageColumn;

    /// <summary>Whether anything but the folder of images is set.</summary>
    [JsonIgnore]
    public bool HasOptions => this != new TrainRequest { Data = Data };
}

/// <summary>What to do besides training.</summary>
/// <param name="Runs">The folder for the folders of runs.</param>
/// <param name="Resume">Whether to continue an interrupted run.</param>
/// <param name="DryRun">Whether to stop before training.</param>
/// <param name="Json">Whether to write the result as JSON.</param>
/// <param name="Report">The page to write about the run; null for none.</param>
internal sealed record TrainMode(string Runs, bool Resume, bool DryRun, bool Json, string? Report);
