using System.Runtime.InteropServices;

namespace TorchSharp.Tensors;

/// <summary>Copies between a tensor of any strides and a row-major span, element by element, without looking at what the elements are.</summary>
internal static class StridedCopy
{
    public static void Gather(TensorImpl x, Span<byte> destination)
    {
        if (x.IsContiguous) x.Bytes().CopyTo(destination);
        else Move(x, destination, gather: true);
    }

    public static void Scatter(Span<byte> source, TensorImpl x)
    {
        if (x.IsContiguous) source.CopyTo(x.Bytes());
        else Move(x, source, gather: false);
    }

    private static void Move(TensorImpl x, Span<byte> dense, bool gather)
    {
        switch (ScalarTypeInfo.Of(x.Type).Size)
        {
            case 2: Move(x, x.Storage.As<short>(), MemoryMarshal.Cast<byte, short>(dense), gather); break;
            case 4: Move(x, x.Storage.As<int>(), MemoryMarshal.Cast<byte, int>(dense), gather); break;
            default: Move(x, x.Storage.As<long>(), MemoryMarshal.Cast<byte, long>(dense), gather); break;
        }
    }

    private static void Move<T>(TensorImpl x, Span<T> strided, Span<T> dense, bool gather)
        where T : unmanaged
    {
        // Only reached where x has a dimension: a tensor without any is contiguous.
        int rows = x.Rank - 1, length = (int)x.Shape[^1], step = (int)x.Strides[^1];
        long[] index = new long[rows];
        long start = x.Offset;
        for (int at = 0; at < dense.Length; at += length)
        {
            Span<T> row = dense.Slice(at, length);
            int from = (int)start;
            if (gather)
                for (int i = 0; i < length; i++, from += step) row[i] = strided[from];
            else
                for (int i = 0; i < length; i++, from += step) strided[from] = row[i];
            for (int d = rows - 1; d >= 0; d--)
            {
                start += x.Strides[d];
                if (++index[d] < x.Shape[d]) break;
                start -= x.Strides[d] * x.Shape[d];
                index[d] = 0;
            }
        }
    }
}
