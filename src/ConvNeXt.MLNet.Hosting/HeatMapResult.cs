using System.Diagnostics.CodeAnalysis;
using ConvNeXt.MLNet.Evaluation;

namespace ConvNeXt.MLNet.Hosting;

/// <summary>Where in an image the model sees what speaks for a class, or why there is no heat map.</summary>
public sealed record HeatMapResult
{
    /// <summary><see cref="ClassificationStatus.Classified"/> if there is a heat map; otherwise, why not.</summary>
    public required ClassificationStatus Status { get; init; }

    /// <summary>Whether there is a heat map.</summary>
    [MemberNotNullWhen(true, nameof(HeatMap), nameof(Label), nameof(ModelVersion))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool HasHeatMap => Status == ClassificationStatus.Classified;

    /// <summary>The heat map, or null if the request failed.</summary>
    public HeatMap? HeatMap { get; init; }

    /// <summary>The class that it is about; null if there is no heat map.</summary>
    public string? Label { get; init; }

    /// <summary>The version of the model; null if there is no heat map.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>Why there is no heat map, as a sentence; null if there is one.</summary>
    public string? Problem { get; init; }
}
