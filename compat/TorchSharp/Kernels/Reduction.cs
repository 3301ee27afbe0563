using TorchSharp.Tensors;
using static TorchSharp.torch;

namespace TorchSharp.Kernels;

/// <summary>Sums over dimensions, in double until they are stored.</summary>
internal static class Reduction
{
    /// <summary>The sum over some dimensions, which stay with size 1 or go.</summary>
    public static TensorImpl Sum(TensorImpl x, int[] dims, bool keepDims, ScalarType type)
    {
        // The dimensions that are reduced are moved to the end: what is summed together lies together.
        TensorImpl lines = x.Permuted([.. Enumerable.Range(0, x.Rank).Where(d => Array.IndexOf(dims, d) < 0), .. dims]);
        long[] shape = keepDims ? [.. x.Shape.Select((n, d) => Array.IndexOf(dims, d) >= 0 ? 1 : n)] : [.. x.Shape.Where((_, d) => Array.IndexOf(dims, d) < 0)];
        double[] sums = new double[Shapes.Count(shape)];
        ReadOnlySpan<double> values = Elements.Read<double>(lines);
        int length = sums.Length == 0 ? 0 : values.Length / sums.Length;
        for (int line = 0; line < sums.Length; line++)
        {
            double sum = 0;
            foreach (double value in values.Slice(line * length, length)) sum += value;
            sums[line] = sum;
        }
        TensorImpl result = TensorImpl.Allocate(shape, type);
        Elements.Store<double>(sums, result);
        return result;
    }

    /// <summary>The sum over those dimensions in which the shape has been broadcast: the gradient of a broadcast.</summary>
    public static TensorImpl SumTo(TensorImpl x, long[] shape)
    {
        if (x.Shape.AsSpan().SequenceEqual(shape)) return x;
        int added = x.Rank - shape.Length;
        int[] dims = [.. Enumerable.Range(0, x.Rank).Where(d => d < added || (shape[d - added] == 1 && x.Shape[d] != 1))];
        TensorImpl sum = Sum(x, dims, keepDims: true, x.Type);
        return sum.View(shape, Shapes.ContiguousStrides(shape), sum.Offset);
    }
}
