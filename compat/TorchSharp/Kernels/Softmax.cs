using TorchSharp.Tensors;

namespace TorchSharp.Kernels;

/// <summary>log(e^x / Σ e^x) along a dimension, computed in double from the largest element down so that nothing overflows.</summary>
internal static class Softmax
{
    public static TensorImpl Logarithmic(TensorImpl x, int dim)
    {
        int[] order = LastIs(dim, x.Rank);
        TensorImpl lines = x.Permuted(order);
        int length = x.Rank == 0 ? 1 : (int)x.Shape[dim];
        ReadOnlySpan<double> from = Elements.Read<double>(lines);
        double[] to = new double[from.Length];
        for (int start = 0; start < to.Length; start += length)
        {
            ReadOnlySpan<double> line = from.Slice(start, length);
            double largest = double.NegativeInfinity, sum = 0;
            foreach (double value in line) largest = Math.Max(largest, value);
            foreach (double value in line) sum += Math.Exp(value - largest);
            double logarithm = Math.Log(sum);
            for (int i = 0; i < length; i++) to[start + i] = line[i] - largest - logarithm;
        }
        TensorImpl result = TensorImpl.Allocate(x.Shape, x.Type);
        Elements.Store<double>(to, result.Permuted(order));
        return result;
    }

    private static int[] LastIs(int dim, int rank) => rank == 0 ? [] : [.. Enumerable.Range(0, rank).Where(d => d != dim), dim];
}
