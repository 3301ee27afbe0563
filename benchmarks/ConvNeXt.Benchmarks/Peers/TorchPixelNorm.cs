using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>LayerNorm over the channels of each pixel of [images, channels, height, width].</summary>
internal sealed class TorchPixelNorm : Module<Tensor, Tensor>
{
    private readonly Parameter _weight, _bias;

    public TorchPixelNorm(int channels) : base(nameof(TorchPixelNorm))
    {
        register_parameter("weight", _weight = new Parameter(torch.ones(channels)));
        register_parameter("bias", _bias = new Parameter(torch.zeros(channels)));
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        Tensor pixels = x.permute(0, 2, 3, 1);
        return functional.layer_norm(pixels, _weight.shape, _weight, _bias, TorchConvNeXt.NormEpsilon).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
