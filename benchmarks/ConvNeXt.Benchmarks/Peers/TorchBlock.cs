using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// A ConvNeXt block (V1, figure 4; V2, figure 5) with the official parameter names:
/// x + keep * gamma * pwconv2(grn(gelu(pwconv1(norm(dwconv(x)))))). V1 has gamma, V2 has grn.
/// </summary>
internal sealed class TorchBlock : Module<Tensor, Tensor?, Tensor>
{
    private const int Expansion = 4;
    private readonly Conv2d _depthwise;
    private readonly LayerNorm _norm;
    private readonly Linear _expand, _project;
    private readonly TorchResponseNorm? _response;
    private readonly Parameter? _gamma;
    private readonly double _keepRate;

    /// <param name="channels">Input and output channels.</param>
    /// <param name="hasResponseNorm">Whether there is Global Response Normalization (V2).</param>
    /// <param name="hasLayerScale">Whether there is layer scale (V1).</param>
    /// <param name="dropPathRate">Probability that the branch of an image is dropped in training, in [0, 1).</param>
    public TorchBlock(int channels, bool hasResponseNorm, bool hasLayerScale, double dropPathRate) : base(nameof(TorchBlock))
    {
        _keepRate = 1 - dropPathRate;
        register_module("dwconv", _depthwise = Conv2d(channels, channels, 7, padding: 3, groups: channels));
        register_module("norm", _norm = LayerNorm(channels, TorchConvNeXt.NormEpsilon));
        register_module("pwconv1", _expand = Linear(channels, Expansion * channels));
        register_module("pwconv2", _project = Linear(Expansion * channels, channels));
        if (hasResponseNorm) register_module("grn", _response = new TorchResponseNorm(Expansion * channels));
        if (hasLayerScale) register_parameter("gamma", _gamma = new Parameter(torch.ones(channels)));
    }

    /// <param name="x">[images, channels, height, width].</param>
    /// <param name="draws">A number in [0, 1) for each image, which decides whether its branch is dropped; null to drop none.</param>
    public override Tensor forward(Tensor x, Tensor? draws)
    {
        using var scope = torch.NewDisposeScope();
        Tensor y = _project.call(Hidden(x));
        if (_gamma is not null) y = y.mul(_gamma);
        y = y.permute(0, 3, 1, 2);
        if (draws is not null) y = y.mul(draws.add(_keepRate).floor().div(_keepRate).view(-1, 1, 1, 1));
        return x.add(y).MoveToOuterDisposeScope();
    }

    // [images, height, width, 4 * channels]. A scope of its own frees the intermediate results before the second linear layer runs.
    private Tensor Hidden(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        Tensor y = functional.gelu(_expand.call(_norm.call(_depthwise.call(x).permute(0, 2, 3, 1))));
        if (_response is not null) y = _response.call(y);
        return y.MoveToOuterDisposeScope();
    }
}
