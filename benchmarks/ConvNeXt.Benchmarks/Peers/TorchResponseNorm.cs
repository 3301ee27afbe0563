using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// Global Response Normalization (V2, section 3.2) over [images, height, width, channels]: y = x + gamma * (x * n) + beta, where n is the L2 norm of a channel
/// over the pixels of an image, divided by the mean of these norms over the channels.
/// </summary>
internal sealed class TorchResponseNorm : Module<Tensor, Tensor>
{
    private readonly Parameter _gamma, _beta;

    public TorchResponseNorm(int channels) : base(nameof(TorchResponseNorm))
    {
        register_parameter("gamma", _gamma = new Parameter(torch.zeros(1, 1, 1, channels)));
        register_parameter("beta", _beta = new Parameter(torch.zeros(1, 1, 1, channels)));
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        Tensor norms = torch.linalg.vector_norm(x, ord: 2, dims: [1, 2], keepdim: true);
        Tensor response = norms.div(norms.mean([-1], keepdim: true).add(TorchConvNeXt.NormEpsilon));
        return x.add(_gamma.mul(x.mul(response))).add(_beta).MoveToOuterDisposeScope();
    }
}
