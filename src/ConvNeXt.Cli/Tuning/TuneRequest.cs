using System.Text.Json.Serialization;
using ConvNeXt.Cli.Training;

namespace ConvNeXt.Cli.Tuning;

/// <summary>What to search, as it is kept in the folder of the search.</summary>
internal sealed record TuneRequest
{
    private static readonly TimeSpan _defaultTime = TimeSpan.FromMinutes(15);

    /// <summary>The folder of images.</summary>
    public required string Data { get; init; }

    /// <summary>Another file for the model; null for none.</summary>
    public string? Output { get; init; }

    /// <summary>The time limit; null for none.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Number of settings to try; null for as many as there is time for.</summary>
    public int? Trials { get; init; }

    /// <summary>Width and height of the network's input, which is then not searched; null to search it.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Number of epochs of the default settings; null for the recipe's.</summary>
    public int? Epochs { get; init; }

    /// <summary>Images per step; null for the recipe's.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The seed; null for that of convnext train.</summary>
    public int? Seed { get; init; }

    /// <summary>The weights to start from; null for the packaged ones.</summary>
    public string? Weights { get; init; }

    /// <summary>Whether to load weights whose license excludes commercial use.</summary>
    public bool AcceptNonCommercialLicense { get; init; }

    /// <summary>The license of <see cref="Weights"/>; null for the known one.</summary>
    public string? WeightsLicense { get; init; }

    /// <summary>The time limit where one is needed: without a number of trials, a search has no other end.</summary>
    [JsonIgnore]
    public TimeSpan? TimeLimit => Time ?? (Trials is null ? _defaultTime : null);

    /// <summary>Whether anything but the folder of images is set.</summary>
    [JsonIgnore]
    public bool HasOptions => this != new TuneRequest { Data = Data };

    /// <summary>The same images and options for a training.</summary>
    public TrainRequest ToTrainRequest() => new()
    {
        Data = Data,
        ImageSize = ImageSize,
        Epochs = Epochs,
        BatchSize = BatchSize,
        Seed = Seed,
        Weights = Weights,
        AcceptNonCommercialLicense = AcceptNonCommercialLicense,
        WeightsLicense = WeightsLicense,
    };
}
