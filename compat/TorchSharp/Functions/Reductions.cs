using TorchSharp.Autograd;
using TorchSharp.Kernels;
using TorchSharp.Tensors;
using static TorchSharp.torch;

namespace TorchSharp.Functions;

/// <summary>Sums, means and norms over dimensions, recorded.</summary>
internal static class Reductions
{
    public static TensorImpl Sum(TensorImpl x, ReadOnlySpan<long> dims, bool keepDims, ScalarType? type)
    {
        int[] over = Shapes.Dimensions(dims, x.Rank);
        long[] shape = x.Shape;
        return Recorder.Record(Reduction.Sum(x, over, keepDims, type ?? x.Type), "sum", [x], g => [Spread(g, shape, over)]);
    }

    public static TensorImpl Mean(TensorImpl x, ReadOnlySpan<long> dims, bool keepDims, ScalarType? type)
    {
        int[] over = Shapes.Dimensions(dims, x.Rank);
        long count = over.Aggregate(1L, (product, d) => product * x.Shape[d]);
        long[] shape = x.Shape;
        ScalarType result = type ?? x.Type;
        // Divided before it is rounded to bfloat16.
        TensorImpl sum = Reduction.Sum(x, over, keepDims, ScalarType.Float64);
        TensorImpl mean = Elements.Cast(Elementwise.Zip<Divide>(sum, TensorImpl.Number(count)), result);
        return Recorder.Record(mean, "mean", [x], g => [Spread(Elementwise.Zip<Divide>(g, TensorImpl.Number(count)), shape, over)]);
    }

    /// <summary>The 2-norm. Where it is zero its gradient is zero.</summary>
    public static TensorImpl Norm(TensorImpl x, ReadOnlySpan<long> dims, bool keepDims)
    {
        int[] over = Shapes.Dimensions(dims, x.Rank);
        TensorImpl wide = Elements.Cast(x, ScalarType.Float64);
        TensorImpl norm = Elementwise.Map<SquareRoot>(Reduction.Sum(Elementwise.Zip<Multiply>(wide, wide), over, keepDims, ScalarType.Float64));
        TensorImpl result = Elements.Cast(norm, x.Type);
        Saved savedX = new(x), savedNorm = new(result.Detached());
        long[] shape = x.Shape;
        return Recorder.Record(result, "norm", [x], g =>
        {
            TensorImpl direction = Elementwise.Zip<DivideByNonZero>(savedX.Value, Spread(savedNorm.Value, shape, over));
            return [Elementwise.Zip<Multiply>(Spread(g, shape, over), direction)];
        });
    }

    public static TensorImpl LogSoftmax(TensorImpl x, long dim)
    {
        int along = Shapes.Dimension(dim, x.Rank);
        TensorImpl result = Softmax.Logarithmic(x, along);
        var saved = new Saved(result.Detached());
        return Recorder.Record(result, "log_softmax", [x], g =>
        {
            TensorImpl total = Reduction.Sum(g, x.Rank == 0 ? [] : [along], keepDims: true, g.Type);
            return [Elementwise.Zip<Subtract>(g, Elementwise.Zip<Multiply>(Elementwise.Map<Exponential>(saved.Value), total))];
        });
    }

    /// <summary>A reduced tensor expanded over the dimensions it was reduced over.</summary>
    private static TensorImpl Spread(TensorImpl reduced, long[] shape, int[] over)
    {
        long[] kept = [.. shape.Select((n, d) => Array.IndexOf(over, d) >= 0 ? 1 : n)];
        TensorImpl dense = Layouts.Contiguous(reduced);
        return dense.View(kept, Shapes.ContiguousStrides(kept), dense.Offset).Expanded(shape);
    }
}
