using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Engines;

/// <summary>Options of the managed scoring engine.</summary>
public sealed record EngineOptions
{
    /// <summary>Number of threads per call, including the caller's; null for one per core. Results do not depend on it.</summary>
    public int? ThreadCount { get; init; }

    /// <summary>
    /// <see cref="ComputePrecision.Int8"/> for products of 8-bit integers, which are faster and change the results a little
    /// (<see cref="ComputePrecision.Int8"/> says how); otherwise float32, whatever the value.
    /// </summary>
    public ComputePrecision Precision { get; init; } = ComputePrecision.Single;

    /// <summary>
    /// Names of the layers that stay in float32 with <see cref="ComputePrecision.Int8"/>: blocks, such as <c>stages.2.8</c>, and downsampling layers, such as
    /// <c>downsample_layers.1</c>. Not used with other precisions.
    /// </summary>
    public ImmutableArray<string> SingleLayers { get; init; } = [];
}
