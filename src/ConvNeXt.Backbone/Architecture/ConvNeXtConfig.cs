using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Kernels.Normalization;

namespace ConvNeXt.Backbone.Architecture;

/// <summary>
/// Describes a ConvNeXt network as plain data that any engine can run. The defaults are V1 as in the official models/convnext.py. Not configurable are the 7x7
/// depthwise kernel, the 2x2 downsampling, the expansion factor 4 and exact GELU.
/// </summary>
public sealed record ConvNeXtConfig
{
    /// <summary>Display name, also used in error messages, such as <c>convnext_tiny</c>.</summary>
    public string Name { get; init; } = "convnext";

    /// <summary>Number of blocks in each of the four stages, each at least 1; a single number for an isotropic network.</summary>
    public required ImmutableArray<int> Depths { get; init; }

    /// <summary>Number of channels in each of the four stages, each at least 1; a single number for an isotropic network.</summary>
    public required ImmutableArray<int> Widths { get; init; }

    /// <summary>Number of classes of the classifier, at least 1.</summary>
    public int ClassCount { get; init; } = 1000;

    /// <summary>Initial value of the per-channel layer scale (<c>gamma</c>), 1e-6 in the paper; null for a network without layer scale.</summary>
    public float? LayerScaleInit { get; init; } = 1e-6f;

    /// <summary>Stochastic depth rate of the last block, in [0, 1); the rates rise linearly over the blocks, from 0 (float32 linspace).</summary>
    public float DropPathRate { get; init; }

    /// <summary>Whether each block applies Global Response Normalization after GELU, per sample (V2, section 3.2; models/utils.py).</summary>
    public bool GlobalResponseNorm { get; init; }

    /// <summary>
    /// Channels between the two overlapping 3x3 stride-2 convolutions of timm's "ols" stems; null for the official patch stem (4x4, stride 4). The parameters
    /// are downsample_layers.0.0 and .0.1 for the convolutions and .0.2 for the norm.
    /// </summary>
    public int? OverlappingStemWidth { get; init; }

    /// <summary>
    /// Whether the last norm is applied to the feature map before pooling (timm's "hnf" models, parameter norm_pre) rather than to the pooled vector.
    /// </summary>
    public bool NormBeforePooling { get; init; }

    /// <summary>
    /// Width of a hidden layer with GELU between the pooled vector and the classifier (timm's "mlp" heads, parameter head.pre_logits.fc); null for no hidden
    /// layer.
    /// </summary>
    public int? HeadHiddenWidth { get; init; }

    /// <summary>Epsilon of every LayerNorm: 1e-6, except for timm's xxlarge, which uses 1e-5.</summary>
    public float NormEpsilon { get; init; } = 1e-6f;

    /// <summary>
    /// The parts of a network that is no ConvNeXt but a step on the way to it from ResNet; null for a ConvNeXt. Only the TorchSharp training engine and the
    /// ONNX export know them.
    /// </summary>
    [JsonInclude]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal NetworkParts? Parts { get; init; }

    /// <summary>
    /// Whether the network has a single stage without downsampling, after a 16x16 stem without norm (V1, section 3.3; models/convnext_isotropic.py).
    /// </summary>
    public bool IsIsotropic => Widths.Length == 1;

    /// <summary>Length of the feature vector that the classifier reads.</summary>
    public int FeatureCount => HeadHiddenWidth ?? Widths[^1];

    /// <summary>Returns the size of a stage's output for one image.</summary>
    /// <param name="height">Image height in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="width">Image width in pixels, at least 32 (isotropic networks: 16).</param>
    /// <param name="stage">Index of the stage, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">An image side is too small, or the stage does not exist.</exception>
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
