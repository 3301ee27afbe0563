using System.Numerics;
using TorchSharp.Tensors;
using static TorchSharp.torch;

namespace TorchSharp.Kernels;

/// <summary>Sums, maxima and their places over dimensions. Sums of floating-point numbers are kept in double until they are stored.</summary>
internal static class Reduction
{
    /// <summary>The sum over some dimensions, which stay with size 1 or go.</summary>
    public static TensorImpl Sum(TensorImpl x, int[] dims, bool keepDims, ScalarType type)
    {
        bool floating = ScalarTypeInfo.Of(x.Type).IsFloatingPoint;
        return floating ? Sum<double>(x, dims, keepDims, type) : Sum<long>(x, dims, keepDims, type);
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

    /// <summary>The index of the largest element along a dimension (the first of equals; a NaN counts as largest), Int64.</summary>
    public static TensorImpl ArgMax(TensorImpl x, int dim, bool keepDim)
    {
        TensorImpl lines = Lines(x, [dim]);
        int length = x.Rank == 0 ? 1 : (int)x.Shape[dim];
        TorchError.Unless(length > 0, $"the maximum over dimension {dim} of a tensor of shape {Shapes.Format(x.Shape)}: there is no element to choose");
        TensorImpl result = TensorImpl.Allocate(Reduced(x.Shape, x.Rank == 0 ? [] : [dim], keepDim), ScalarType.Int64);
        ReadOnlySpan<double> values = Elements.Read<double>(lines);
        Span<long> places = result.Span<long>();
        for (int line = 0; line < places.Length; line++)
        {
            ReadOnlySpan<double> row = values.Slice(line * length, length);
            int best = 0;
            for (int i = 1; i < length && !double.IsNaN(row[best]); i++)
                if (row[i] > row[best] || double.IsNaN(row[i])) best = i;
            places[line] = best;
        }
        return result;
    }

    public static long[] Reduced(long[] shape, int[] dims, bool keepDims) =>
        keepDims
            ? [.. shape.Select((n, d) => Array.IndexOf(dims, d) >= 0 ? 1 : n)]
            : [.. shape.Where((_, d) => Array.IndexOf(dims, d) < 0)];

    private static TensorImpl Sum<T>(TensorImpl x, int[] dims, bool keepDims, ScalarType type)
        where T : unmanaged, INumber<T>
    {
        TensorImpl lines = Lines(x, dims);
        long[] shape = Reduced(x.Shape, dims, keepDims);
        var sums = new T[Shapes.Count(shape)];
        ReadOnlySpan<T> values = Elements.Read<T>(lines);
        int length = sums.Length == 0 ? 0 : values.Length / sums.Length;
        for (int line = 0; line < sums.Length; line++)
        {
            T sum = T.Zero;
            foreach (T value in values.Slice(line * length, length)) sum += value;
            sums[line] = sum;
        }
        TensorImpl result = TensorImpl.Allocate(shape, type);
        Elements.Store<T>(sums, result);
        return result;
    }

    /// <summary>The tensor with the dimensions that are reduced moved to the end: what is reduced together lies together.</summary>
    private static TensorImpl Lines(TensorImpl x, int[] dims) =>
        x.Rank == 0 ? x : x.Permuted([.. Enumerable.Range(0, x.Rank).Where(d => Array.IndexOf(dims, d) < 0), .. dims]);
}
