namespace TorchSharp.Tensors;

/// <summary>
/// The order of dimensions in memory. A result computed element by element keeps the layout of its operand, as in PyTorch:
/// pictures that lie channels-last stay so.
/// </summary>
internal static class Layout
{
    /// <summary>The permutation under which x is contiguous, or null where its elements leave gaps or overlap.</summary>
    public static int[]? MemoryOrder(TensorImpl x)
    {
        int[] order = [.. Enumerable.Range(0, x.Rank)];
        if (x.IsContiguous) return order;
        // A dimension of size 1 keeps its neighbours' company: its stride says nothing.
        order = [.. order.OrderByDescending(d => x.Shape[d] == 1 ? long.MaxValue : x.Strides[d])];
        return x.Permuted(order).IsContiguous ? order : null;
    }

    /// <summary>A new tensor of this shape whose memory is in the given order of dimensions.</summary>
    public static TensorImpl Allocate(long[] shape, torch.ScalarType type, ReadOnlySpan<int> order)
    {
        long[] inMemory = new long[shape.Length];
        for (int d = 0; d < shape.Length; d++) inMemory[d] = shape[order[d]];
        return Unordered(TensorImpl.Allocate(inMemory, type), order);
    }

    /// <summary>Undoes a permutation.</summary>
    public static TensorImpl Unordered(TensorImpl x, ReadOnlySpan<int> order)
    {
        bool identity = true;
        int[] inverse = new int[order.Length];
        for (int d = 0; d < order.Length; d++)
        {
            inverse[order[d]] = d;
            identity &= order[d] == d;
        }
        return identity ? x : x.OwnedPermutation(inverse);
    }
}
