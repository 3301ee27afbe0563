using ConvNeXt.Backbone.Kernels.Optimization;

namespace ConvNeXt.Backbone.Engines.Distillation;

/// <summary>Settings of feature distillation. The projections are trained by AdamW, like the network.</summary>
internal sealed record DistillationSettings
{
    /// <summary>The teacher's maps to match, at most one for each stage.</summary>
    public required IReadOnlyList<FeatureHint> Hints { get; init; }

    /// <summary>Weight decay of the projections' weights; biases have none.</summary>
    public double WeightDecay { get; init; }
}
