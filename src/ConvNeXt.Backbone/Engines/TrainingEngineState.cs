using System.Collections.Immutable;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// State of a training engine between two optimizer steps, under official names and in official shapes, so that any engine can resume where another one
/// stopped. Gradients that are accumulated but not yet applied are not included.
/// </summary>
internal sealed record TrainingEngineState
{
    /// <summary>The weights.</summary>
    public required WeightSet Weights { get; init; }

    /// <summary>AdamW's running mean of the gradients.</summary>
    public required WeightSet FirstMoments { get; init; }

    /// <summary>AdamW's running mean of the squared gradients.</summary>
    public required WeightSet SecondMoments { get; init; }

    /// <summary>The exponential moving average of the weights; null if the engine keeps none.</summary>
    public WeightSet? Average { get; init; }

    /// <summary>Number of updates of each parameter, counted as in PyTorch's AdamW: steps during which it was frozen do not count.</summary>
    public required ImmutableDictionary<string, long> Steps { get; init; }
}
