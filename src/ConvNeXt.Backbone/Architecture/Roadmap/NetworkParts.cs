using System.Text.Json.Serialization;

namespace ConvNeXt.Backbone.Architecture.Roadmap;

/// <summary>
/// The parts of a network between ResNet and ConvNeXt ("A ConvNet for the 2020s", section 2). The defaults are ResNet's; depths, widths and the number of
/// classes are those of the <see cref="ConvNeXtConfig"/>, whose widths are the channels that leave a stage: for ResNet-50 256, 512, 1024, 2048.
/// <para>A block has three convolutions, 1x1, spatial, 1x1, around which the path of the residual goes. A bottleneck is a quarter as wide inside as outside, an
/// inverted one four times as wide.</para>
/// </summary>
internal sealed record NetworkParts
{
    /// <summary>How an image becomes the first feature map.</summary>
    public StemKind Stem { get; init; }

    /// <summary>Side of the spatial convolution of a block, odd.</summary>
    public int Kernel { get; init; } = 3;

    /// <summary>Channels of a group of the spatial convolution: 1 for a depthwise one; null for a dense one.</summary>
    public int? GroupWidth { get; init; }

    /// <summary>Whether blocks are wide inside and narrow outside.</summary>
    public bool IsInverted { get; init; }

    /// <summary>Whether the spatial convolution comes before both 1x1 convolutions ("move up depthwise conv"); only if inverted.</summary>
    public bool SpatialFirst { get; init; }

    /// <summary>The activation.</summary>
    public ActivationKind Activation { get; init; }

    /// <summary>
    /// Whether a block has one activation, in front of its last convolution, instead of three: after the first and the second convolution and after the sum.
    /// </summary>
    public bool OneActivation { get; init; }

    /// <summary>Whether a block has one norm, after its first convolution, instead of one after each; only if the spatial convolution is first.</summary>
    public bool OneNorm { get; init; }

    /// <summary>The norm. Convolutions of a block have biases only with LayerNorm.</summary>
    public NormKind Norm { get; init; }

    /// <summary>
    /// Whether a stage begins with a norm and a 2x2 convolution of stride 2; the stem and the pooled features then have a norm as well. Otherwise, the first
    /// block of a stage has a spatial convolution of stride 2 and a 1x1 convolution of stride 2 beside it.
    /// </summary>
    public bool SeparateDownsampling { get; init; }

    /// <summary>Whether the network has batch norms, whose results depend on the whole batch.</summary>
    [JsonIgnore]
    public bool HasBatchNorm => Norm == NormKind.Batch || Stem == StemKind.ResNet;

    /// <summary>Throws if the parts do not go together.</summary>
    /// <param name="config">The network that has them.</param>
    /// <exception cref="ArgumentException">The message says which two parts and what would be right.</exception>
    public void Check(ConvNeXtConfig config)
    {
        if (Kernel < 1 || Kernel % 2 == 0) throw Wrong($"the kernel has {Kernel} pixels a side; it must be odd");
        if (GroupWidth < 1) throw Wrong($"the groups have {GroupWidth} channels; they must have at least 1");
        if (SpatialFirst && !IsInverted) throw Wrong($"{nameof(SpatialFirst)} needs {nameof(IsInverted)}");
        if (OneNorm && !SpatialFirst) throw Wrong($"{nameof(OneNorm)} needs {nameof(SpatialFirst)}");
        if (config.IsIsotropic) throw Wrong("it has four stages, not one");
        if (config.GlobalResponseNorm || config.NormBeforePooling || config.OverlappingStemWidth is not null || config.HeadHiddenWidth is not null)
            throw Wrong("it cannot have a response norm, a norm before pooling, an overlapping stem or a hidden layer in the head");
        int unit = IsInverted ? 1 : LayerPlan.Expansion;
        if (config.Widths.FirstOrDefault(width => width % unit != 0) is > 0 and var odd) throw Wrong($"its width {odd} is not a multiple of {unit}");

        ArgumentException Wrong(string what) => new($"{config.Name}: {what}.", nameof(config));
    }

    /// <summary>Throws if a network has parts that an engine does not know.</summary>
    /// <param name="config">The network.</param>
    /// <param name="engine">The engine, as the subject of a sentence.</param>
    /// <exception cref="NotSupportedException">It has such parts.</exception>
    public static void Refuse(ConvNeXtConfig config, string engine)
    {
        if (config.Parts is not null)
            throw new NotSupportedException($"{engine} computes ConvNeXt networks only, and {config.Name} is none: the TorchSharp engine trains it.");
    }
}

/// <summary>How an image becomes the first feature map, a fourth as high and wide.</summary>
internal enum StemKind
{
    /// <summary>A 7x7 convolution of stride 2 with batch norm and ReLU, then 3x3 max pooling of stride 2.</summary>
    ResNet,

    /// <summary>A 4x4 convolution of stride 4.</summary>
    Patches,
}

/// <summary>An activation.</summary>
internal enum ActivationKind
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>Exact GELU.</summary>
    Gelu,
}

/// <summary>A norm.</summary>
internal enum NormKind
{
    /// <summary>
    /// Batch norm: each channel by its mean and variance over the batch, in scoring by their running averages. Epsilon 1e-5, and a new value counts 0.1 in the
    /// averages, as in PyTorch.
    /// </summary>
    Batch,

    /// <summary>LayerNorm over the channels of each pixel.</summary>
    Layer,
}
