using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests.Autograd;

/// <summary>An operation with the shapes and the range of its inputs. Least and Most keep inputs off places without a slope.</summary>
internal sealed record DifferentiableOperation(string Name, Func<Tensor[], Tensor> Function, params long[][] Shapes)
{
    public double Least { get; init; } = -1;

    public double Most { get; init; } = 1;

    /// <summary>Every differentiable operation that compat offers.</summary>
    public static DifferentiableOperation[] All { get; } =
    [
        new("add", x => x[0].add(x[1]), [3, 4], [3, 4]),
        new("add broadcast", x => x[0] + x[1], [2, 3, 4], [3, 1]),
        new("add alpha", x => x[0].add(x[1], 0.3), [3, 4], [4]),
        new("add number", x => x[0] + 2.5, [3]),
        new("sub broadcast", x => x[0] - x[1], [4], [3, 4]),
        new("sub number", x => x[0] - 2.5, [3]),
        new("mul", x => x[0] * x[1], [3, 4], [3, 4]),
        new("mul broadcast", x => x[0].mul(x[1]), [2, 1, 4], [3, 1]),
        new("mul itself", x => x[0] * x[0], [5]),
        new("mul number", x => x[0] * 3, [5]),
        new("mul of no dimensions", x => x[0] * x[1], [], [2, 2]),
        new("div", x => x[0] / x[1], [3, 4], [3, 4]) { Least = 0.5, Most = 2 },
        new("div broadcast", x => x[0].div(x[1]), [4], [3, 4]) { Least = 0.5, Most = 2 },
        new("div number", x => x[0] / 0.7, [4]),
        new("square", x => x[0].square(), [4]),
        new("exp", x => x[0].exp(), [4]),
        new("sqrt", x => x[0].sqrt(), [4]) { Least = 0.5, Most = 2 },
        new("gelu", x => functional.gelu(x[0]), [40]) { Least = -4, Most = 4 },
        new("sum", x => x[0].sum(), [3, 4]),
        new("sum over one", x => x[0].sum(1), [2, 3, 4]),
        new("sum over two, kept", x => x[0].sum([0L, 2L], keepdim: true), [2, 3, 4]),
        new("mean", x => x[0].mean(), [3, 4]),
        new("mean over two", x => x[0].mean([1, 2]), [2, 3, 4]),
        new("mean kept", x => x[0].mean([-1], keepdim: true), [2, 3, 4]),
        new("norm", x => x[0].norm(), [3, 4]),
        new("norm over one, kept", x => x[0].norm(1, keepdim: true), [2, 3, 4]),
        new("log_softmax", x => functional.log_softmax(x[0], -1), [3, 5, 2]),
        new("log_softmax over the first", x => functional.log_softmax(x[0], 0), [3, 5]),
        new("mm", x => x[0].mm(x[1]), [3, 4], [4, 2]),
        new("matmul", x => x[0].matmul(x[1]), [2, 3, 4], [4, 2]),
        new("mm transposed", x => x[0].transpose(0, 1).mm(x[1].transpose(0, 1)), [4, 3], [2, 4]),
        new("linear", x => functional.linear(x[0], x[1], x[2]), [2, 2, 3], [5, 3], [5]),
        new("linear without bias", x => functional.linear(x[0], x[1]), [4, 3], [5, 3]),
        new("view", x => x[0].view(6, -1).exp(), [2, 3, 4]),
        new("reshape of a permutation", x => x[0].permute(2, 0, 1).reshape(4, -1) * x[1], [2, 3, 4], [6]),
        new("transpose", x => x[0].transpose(0, -1) * x[1], [2, 3, 4], [2]),
        new("contiguous", x => x[0].permute(1, 0).contiguous().view(-1), [2, 3]),
        new("clone", x => x[0].clone() * x[0], [2, 3]),
        new("narrow", x => x[0].narrow(1, 1, 2) * x[0].narrow(1, 0, 2), [2, 3]),
        new("cat", x => torch.cat([x[0], x[1], x[0]], 1) * 2, [2, 3], [2, 1]),
        new("layer_norm", x => functional.layer_norm(x[0], [5], x[1], x[2], 1e-6), [2, 3, 5], [5], [5]),
        new("layer_norm of two dimensions", x => functional.layer_norm(x[0], [3, 5]), [2, 3, 5]),
        new("conv2d patches", x => functional.conv2d(x[0], x[1], x[2], [2, 2]), [2, 3, 4, 6], [5, 3, 2, 2], [5]),
        new("conv2d depthwise", x => functional.conv2d(x[0], x[1], x[2], padding: [3, 3], groups: 2), [2, 2, 5, 4], [2, 1, 7, 7], [2]),
        new("conv2d in groups, padded, strided", x => functional.conv2d(x[0], x[1], null, [2, 1], [1, 2], [1, 2], 2), [1, 4, 5, 6], [6, 2, 3, 3]),
        new("conv2d channels last", x => functional.conv2d(x[0].permute(0, 3, 1, 2), x[1], x[2], padding: [1, 1]).permute(0, 2, 3, 1), [1, 4, 3, 2], [3, 2, 3, 3], [3]),
        new("a value used twice", x => x[0].exp() * x[0].exp().sum(0L) + x[0].exp(), [3, 2]),
        new("a value written in place", x => (x[0] * 2).add_(x[1]).mul_(-3).sub_(x[2]), [3, 2], [2], [3, 1]),
        new("addcmul_ and addcdiv_", x => (x[0] + 0).addcmul_(x[1], x[2], 0.5).addcdiv_(x[1], x[2], -0.25), [3, 2], [3, 2], [3, 2]) { Least = 0.5, Most = 2 },
        new("copied into", x => torch.zeros([3, 2], torch.float64).copy_(x[0]), [1, 2]),
    ];
}
