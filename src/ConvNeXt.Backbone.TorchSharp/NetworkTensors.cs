using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Layers;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp;

/// <summary>Weight and bias of a convolution, linear layer or norm; both are null for a norm that was folded into the next layer.</summary>
internal readonly record struct Affine(Tensor? Weight, Tensor? Bias);

/// <summary>
/// Parameters of a block. Layer scale and response norm are null if the network does not have them or they were folded into a neighboring layer.
/// </summary>
internal sealed record BlockTensors(Affine Kernel, Affine Norm, Affine Expand, Affine Project, Tensor? Gamma, Tensor? ResponseGamma, Tensor? ResponseBeta);

/// <summary>The parameters of a network by position. Does not own them.</summary>
internal sealed class NetworkTensors
{
    /// <summary>Looks up the parameters.</summary>
    /// <param name="config">The network.</param>
    /// <param name="find">Returns the tensor with an official name, or null.</param>
    public NetworkTensors(ConvNeXtConfig config, Func<string, Tensor?> find)
    {
        string stem = config.IsIsotropic ? "stem" : "downsample_layers.0.0";
        StemConvolutions = config.OverlappingStemWidth is null ? [AffineOf(stem)] : [AffineOf(stem), AffineOf("downsample_layers.0.1")];
        StemNorm = config.IsIsotropic ? null : AffineOf($"downsample_layers.0.{StemConvolutions.Length}");
        Downsampling =
        [
            .. Enumerable.Range(1, config.Widths.Length - 1)
                .Select(stage => (AffineOf($"downsample_layers.{stage}.0"), AffineOf($"downsample_layers.{stage}.1"))),
        ];
        Stages =
        [
            .. config.Depths.Select((depth, stage) =>
                Enumerable.Range(0, depth).Select(block => BlockOf(ParameterTable.BlockName(config, stage, block))).ToArray()),
        ];
        Norm = AffineOf(config.NormBeforePooling ? "norm_pre" : "norm");
        Hidden = config.HeadHiddenWidth is null ? null : AffineOf("head.pre_logits.fc");
        Classifier = AffineOf("head");

        Affine AffineOf(string name) => new(find($"{name}.weight"), find($"{name}.bias"));

        BlockTensors BlockOf(string name) => new(
            AffineOf($"{name}.dwconv"),
            AffineOf($"{name}.norm"),
            AffineOf($"{name}.pwconv1"),
            AffineOf($"{name}.pwconv2"),
            find($"{name}.gamma"),
            find($"{name}.grn.gamma"),
            find($"{name}.grn.beta"));
    }

    /// <summary>The convolution of the stem, or the two of an overlapping stem.</summary>
    public Affine[] StemConvolutions { get; }

    /// <summary>The norm of the stem; null in an isotropic network.</summary>
    public Affine? StemNorm { get; }

    /// <summary>The layers between the stages.</summary>
    public (Affine Norm, Affine Convolution)[] Downsampling { get; }

    /// <summary>The blocks of each stage.</summary>
    public BlockTensors[][] Stages { get; }

    /// <summary>The last norm.</summary>
    public Affine Norm { get; }

    /// <summary>The hidden layer of the head; null for a head without one.</summary>
    public Affine? Hidden { get; }

    /// <summary>The last layer.</summary>
    public Affine Classifier { get; }

    /// <summary>Whether a parameter belongs to the layers after pooling. These always compute in float32, because they cost almost nothing.</summary>
    public static bool IsBehindPooling(string name) =>
        name.StartsWith("norm.", StringComparison.Ordinal) || name.StartsWith("head.", StringComparison.Ordinal);
}
