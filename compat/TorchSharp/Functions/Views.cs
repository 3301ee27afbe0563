using TorchSharp.Autograd;
using TorchSharp.Tensors;

namespace TorchSharp.Functions;

/// <summary>The same memory seen with other sizes, recorded.</summary>
internal static class Views
{
    /// <summary>With this shape; null where the strides do not allow it without a copy.</summary>
    public static TensorImpl? TryView(TensorImpl x, long[] shape)
    {
        long[] sizes = Shapes.Infer(shape, x.Count);
        if (Strides(x, sizes) is not { } strides) return null;
        long[] before = x.Shape;
        return Recorder.Record(x.View(sizes, strides, x.Offset), "view", [x], g => [Reshaped(g, before)]);
    }

    public static TensorImpl View(TensorImpl x, long[] shape) => TryView(x, shape) ?? throw TorchError.Of(
        $"view: a tensor of shape {Shapes.Format(x.Shape)} and strides {Shapes.Format(x.Strides)} cannot be seen as {Shapes.Format(shape)} without a copy; use reshape");

    public static TensorImpl Reshape(TensorImpl x, long[] shape) => TryView(x, shape) ?? View(Layouts.Contiguous(x), shape);

    public static TensorImpl Permute(TensorImpl x, ReadOnlySpan<long> dims)
    {
        TorchError.Unless(dims.Length == x.Rank && Shapes.Dimensions(dims, x.Rank).Length == x.Rank,
            $"permute: {Shapes.Format(dims)} does not name every dimension of a tensor of shape {Shapes.Format(x.Shape)} once");
        int[] order = new int[x.Rank], inverse = new int[x.Rank];
        for (int d = 0; d < order.Length; d++) inverse[order[d] = Shapes.Dimension(dims[d], x.Rank)] = d;
        return Recorder.Record(x.Permuted(order), "permute", [x], g => [g.Permuted(inverse)]);
    }

    public static TensorImpl Transpose(TensorImpl x, long dim0, long dim1)
    {
        long[] dims = [.. Enumerable.Range(0, x.Rank).Select(d => (long)d)];
        int first = Shapes.Dimension(dim0, x.Rank), second = Shapes.Dimension(dim1, x.Rank);
        if (dims.Length > 0) (dims[first], dims[second]) = (dims[second], dims[first]);
        return Permute(x, dims);
    }

    public static TensorImpl Expand(TensorImpl x, long[] shape) => Recorder.Record(x.Expanded(shape), "expand", [x], g => [g]);

    public static TensorImpl Narrow(TensorImpl x, long dim, long start, long length)
    {
        int along = Shapes.Dimension(dim, x.Rank);
        TorchError.Unless(x.Rank > 0 && start >= 0 && length >= 0 && start + length <= x.Shape[along],
            $"narrow: {length} elements from {start} are not within dimension {dim} of shape {Shapes.Format(x.Shape)}");
        long[] shape = [.. x.Shape];
        shape[along] = length;
        long[] whole = x.Shape;
        TensorImpl part = x.View(shape, x.Strides, x.Offset + (start * x.Strides[along]));
        return Recorder.Record(part, "narrow", [x], g => [Placed(g, whole, along, start)]);
    }

    private static TensorImpl Reshaped(TensorImpl gradient, long[] shape)
    {
        TensorImpl dense = Layouts.Contiguous(gradient);
        return dense.View(shape, Shapes.ContiguousStrides(shape), dense.Offset);
    }

    /// <summary>Zeros with the gradient of a part at its place.</summary>
    private static TensorImpl Placed(TensorImpl gradient, long[] shape, int along, long start)
    {
        TensorImpl whole = TensorImpl.Allocate(shape, gradient.Type);
        whole.Bytes().Clear();
        Elements.Copy(gradient, whole.View(gradient.Shape, whole.Strides, start * whole.Strides[along]));
        return whole;
    }

    /// <summary>
    /// Strides of the new shape over the same memory: dimensions of the old shape that follow each other without a gap may be cut anew,
    /// others keep their borders.
    /// </summary>
    private static long[]? Strides(TensorImpl x, long[] shape)
    {
        if (x.IsContiguous) return Shapes.ContiguousStrides(shape);
        long[] strides = new long[shape.Length];
        int next = shape.Length - 1;
        for (int last = x.Rank - 1; last >= 0;)
        {
            // A run of old dimensions without a gap between them...
            int first = last;
            long run = x.Shape[last], step = x.Strides[last];
            while (first > 0 && (x.Shape[first - 1] == 1 || x.Strides[first - 1] == step * run)) run *= x.Shape[--first];
            // ... is filled by new dimensions exactly.
            long filled = 1;
            while (next >= 0 && (filled < run || shape[next] == 1))
            {
                strides[next] = step * filled;
                filled *= shape[next--];
            }
            if (filled != run) return null;
            last = first - 1;
        }
        return strides;
    }
}
