using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests;

/// <summary>Tensors of float64 with random values, the same at every run.</summary>
internal sealed class RandomTensors(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Between the bounds.</summary>
    public Tensor Uniform(long[] shape, double least = -1, double most = 1)
    {
        double[] values = new double[shape.Aggregate(1L, (product, n) => product * n)];
        for (int i = 0; i < values.Length; i++) values[i] = least + (_random.NextDouble() * (most - least));
        return torch.tensor(values, shape);
    }

    /// <summary>The same values, but not contiguous in memory: dimensions lie in reverse order, with gaps.</summary>
    public Tensor Scattered(long[] shape, double least = -1, double most = 1)
    {
        if (shape.Length == 0) return Uniform(shape, least, most);
        // The last dimension in memory is twice as long as what is used of it.
        long[] reversed = [.. shape.Reverse()];
        reversed[^1] *= 2;
        Tensor spread = Uniform(reversed, least, most).narrow(reversed.Length - 1, 1, shape[0]);
        return spread.permute([.. Enumerable.Range(0, shape.Length).Select(d => (long)(shape.Length - 1 - d))]);
    }
}
