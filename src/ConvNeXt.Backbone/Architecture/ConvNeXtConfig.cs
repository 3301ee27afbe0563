using System.Collections.Immutable;
using ConvNeXt.Backbone.Kernels.Normalization;
namespace ConvNeXt.Backbone.Architecture;

/// <summary>
/// What a ConvNeXt network is, as plain data; any engine can run it. The defaults are V1 as in the official models/convnext.py; the fixed parts are the 7x7
/// depthwise kernel, 2x2 downsampling, expansion 4 and exact GELU.
/// </summary>
public sealed record ConvNeXtConfig
{
    /// <summary>Name for people and for error messages, such as <c>convnext_tiny</c>.</summary>
    public string Name { get; init; } = "convnext";

    /// <summary>Blocks in each of the four stages, each at least 1; one number for an isotropic network.</summary>
    public required ImmutableArray<int> Depths { get; init; }

    /// <summary>Channels of each of the four stages, each at least 1; one number for an isotropic network.</summary>
    public required ImmutableArray<int> Widths { get; init; }

    /// <summary>Number of classes of the linear head, at least 1.</summary>
    public int ClassCount { get; init; } = 1000;

    /// <summary>Initial value of the per-channel layer scale (<c>gamma</c>), 1e-6 in the paper; null for a network without layer scale.</summary>
    public float? LayerScaleInit { get; init; } = 1e-6f;

    /// <summary>Stochastic depth of the last block, in [0, 1); the rates of the blocks rise linearly from 0 to it (float32 linspace).</summary>
    public float DropPathRate { get; init; }

    /// <summary>Whether each block has Global Response Normalization after GELU (V2, section 3.2; models/utils.py), per sample.</summary>
    public bool GlobalResponseNorm { get; init; }

    /// <summary>
    /// Channels between the two overlapping 3x3 stride-2 convolutions of timm's "ols" stems; null for the official patch stem (4x4 stride 4). The parameters
    /// are downsample_layers.0.0 and .0.1 for the convolutions and .0.2 for the norm.
    /// </summary>
    public int? OverlappingStemWidth { get; init; }

    /// <summary>
    /// Whether the last norm works on the feature map before pooling (timm's "hnf" models, parameter norm_pre) instead of on the pooled vector.
    /// </summary>
    public bool NormBeforePooling { get; init; }

    /// <summary>
    /// Width of a hidden layer with GELU between the pooled vector and the classifier (timm's "mlp" heads, parameter head.pre_logits.fc); null for none.
    /// </summary>
    public int? HeadHiddenWidth { get; init; }

    /// <summary>Epsilon of every LayerNorm; 1e-6 but for timm's xxlarge, 1e-5.</summary>
    public float NormEpsilon { get; init; } = 1e-6f;

    /// <summary>
    /// Whether the network has one stage without downsampling behind a 16x16 stem without norm (V1, section 3.3; models/convnext_isotropic.py).
    /// </summary>
    public bool IsIsotropic => Widths.Length == 1;

    /// <summary>Length of the vector that the classifier reads.</summary>
    public int FeatureCount => HeadHiddenWidth ?? Widths[^1];

    /// <summary>The size of a stage's output for one image.</summary>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="stage">Which stage, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">An image side is too small, or there is no such stage.</exception>
    public (int Height, int Width, int Channels) FeatureMapShape(int height, int width, int stage)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stage);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stage, Depths.Length);
        int smallest = FeatureShape.SmallestSide(this);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, smallest);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, smallest);
        FeatureShape shape = FeatureShape.OfStage(this, stage, 1, height, width);
        return (shape.Height, shape.Width, shape.Channels);
    }
}
