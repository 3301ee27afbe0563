using ConvNeXt.Backbone.Kernels.Optimization;

namespace ConvNeXt.Backbone.Engines.Distillation;

/// <summary>What feature distillation is made from; the projections are trained by AdamW like the network.</summary>
internal sealed record DistillationSettings
{
    /// <summary>The maps that stages shall tell, at most one for each stage.</summary>
    public required IReadOnlyList<FeatureHint> Hints { get; init; }

    /// <summary>Weight decay of the projections' weights; biases have none.</summary>
    public double WeightDecay { get; init; }
}
