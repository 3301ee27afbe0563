namespace TorchSharp.Tensors;

/// <summary>Arithmetic of shapes and strides.</summary>
internal static class Shapes
{
    public static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape) count = checked(count * size);
        return count;
    }

    public static string Format(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    public static long[] ContiguousStrides(ReadOnlySpan<long> shape)
    {
        long[] strides = new long[shape.Length];
        long step = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = step;
            step *= Math.Max(shape[d], 1);
        }
        return strides;
    }

    /// <summary>Whether elements follow each other in row-major order; a dimension of size 1 has no say.</summary>
    public static bool IsContiguous(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        long step = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            if (shape[d] == 0) return true;
            if (shape[d] != 1 && strides[d] != step) return false;
            step *= shape[d];
        }
        return true;
    }

    public static int Dimension(long dim, int rank)
    {
        long index = dim < 0 ? dim + Math.Max(rank, 1) : dim;
        TorchError.Unless(index >= 0 && index < Math.Max(rank, 1), $"dimension {dim} does not exist in a tensor of {rank} dimensions");
        return (int)index;
    }

    /// <summary>The dimensions named, each once, in rising order; all of them where none is named.</summary>
    public static int[] Dimensions(ReadOnlySpan<long> dims, int rank)
    {
        if (dims.Length == 0) return [.. Enumerable.Range(0, rank)];
        int[] sorted = new int[dims.Length];
        for (int i = 0; i < dims.Length; i++) sorted[i] = Dimension(dims[i], rank);
        Array.Sort(sorted);
        for (int i = 1; i < sorted.Length; i++) TorchError.Unless(sorted[i] != sorted[i - 1], $"dimension {sorted[i]} appears twice");
        return rank == 0 ? [] : sorted;
    }

    /// <summary>The shape both operands expand to: from the last dimension forward, sizes are equal or one of them is 1.</summary>
    public static long[] Broadcast(long[] left, long[] right)
    {
        long[] shape = new long[Math.Max(left.Length, right.Length)];
        for (int d = 1; d <= shape.Length; d++)
        {
            long a = d <= left.Length ? left[^d] : 1, b = d <= right.Length ? right[^d] : 1;
            TorchError.Unless(a == b || a == 1 || b == 1, $"tensors of shapes {Format(left)} and {Format(right)} cannot be broadcast together");
            shape[^d] = a == 1 ? b : a;
        }
        return shape;
    }

    public static long[] ExpandedStrides(TensorImpl x, ReadOnlySpan<long> shape)
    {
        TorchError.Unless(shape.Length >= x.Rank, $"a tensor of shape {Format(x.Shape)} cannot be expanded to {Format(shape)}");
        long[] strides = new long[shape.Length];
        for (int d = 1; d <= x.Rank; d++)
        {
            TorchError.Unless(x.Shape[^d] == shape[^d] || x.Shape[^d] == 1, $"a tensor of shape {Format(x.Shape)} cannot be expanded to {Format(shape)}");
            strides[^d] = x.Shape[^d] == shape[^d] ? x.Strides[^d] : 0;
        }
        return strides;
    }

    /// <summary>The shape with one size of -1 filled in from the number of elements.</summary>
    public static long[] Infer(ReadOnlySpan<long> shape, long count)
    {
        long[] result = shape.ToArray();
        int unknown = Array.IndexOf(result, -1);
        if (unknown >= 0)
        {
            result[unknown] = 1;
            long known = Count(result);
            TorchError.Unless(known > 0 && count % known == 0, $"shape {Format(shape)} is invalid for {count} elements");
            result[unknown] = count / known;
        }
        TorchError.Unless(result.All(n => n >= 0) && Count(result) == count, $"shape {Format(shape)} is invalid for {count} elements");
        return result;
    }
}
