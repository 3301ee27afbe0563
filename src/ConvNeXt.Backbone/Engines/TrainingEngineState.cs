using System.Collections.Immutable;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;
namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Everything in which a training engine differs from a fresh one between two optimizer steps, under official names and in official shapes, so that any engine can
/// go on where another one stopped. Gradients that are accumulated but not applied are not part of it.
/// </summary>
internal sealed record TrainingEngineState
{
    /// <summary>The weights.</summary>
    public required WeightSet Weights { get; init; }

    /// <summary>AdamW's mean of the gradients.</summary>
    public required WeightSet FirstMoments { get; init; }

    /// <summary>AdamW's mean of the squared gradients.</summary>
    public required WeightSet SecondMoments { get; init; }

    /// <summary>The exponential moving average of the weights; null where the engine holds none.</summary>
    public WeightSet? Average { get; init; }

    /// <summary>How often each parameter was updated, as PyTorch's AdamW counts it: not while it was frozen.</summary>
    public required ImmutableDictionary<string, long> Steps { get; init; }
}
