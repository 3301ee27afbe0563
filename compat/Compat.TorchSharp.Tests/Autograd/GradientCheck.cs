using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests.Autograd;

/// <summary>Gradients of Σ w·f(inputs), w random weights so that no gradient hides in a sum, against central differences in float64.</summary>
internal static class GradientCheck
{
    private const double Step = 1e-6, Tolerance = 1e-7;

    public static void Run(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] leaves = [.. inputs.Select(x => x.detach().clone().requires_grad_())];
        Tensor result = function(leaves);
        Tensor weights = new RandomTensors(99).Uniform(result.shape);
        result.mul(weights).sum().backward();
        for (int input = 0; input < inputs.Length; input++)
        {
            double[] gradient = leaves[input].grad?.contiguous().data<double>().ToArray() ?? [];
            Assert.AreEqual(inputs[input].NumberOfElements, gradient.Length, $"input {input} has no gradient");
            for (int i = 0; i < gradient.Length; i++)
            {
                double slope = (Value(Step) - Value(-Step)) / (2 * Step);
                Assert.AreEqual(slope, gradient[i], Tolerance * (1 + Math.Abs(slope)), $"input {input}, element {i}");

                double Value(double step)
                {
                    using DisposeScope inner = torch.NewDisposeScope();
                    using IDisposable off = torch.no_grad();
                    Tensor[] moved = [.. inputs.Select((x, n) => n == input ? Moved(x, i, step) : x)];
                    return function(moved).mul(weights).sum().item<double>();
                }
            }
        }
    }

    private static Tensor Moved(Tensor x, int element, double step)
    {
        double[] values = x.data<double>().ToArray();
        values[element] += step;
        // In the layout of x, whatever it is.
        return x.clone().copy_(torch.tensor(values, x.shape));
    }
}
