using System.Collections;
using TorchSharp.Tensors;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor in row-major order.</summary>
public sealed class TensorAccessor<T> : IEnumerable<T>, IDisposable
    where T : unmanaged
{
    private readonly torch.Tensor _tensor;

    internal TensorAccessor(torch.Tensor tensor) => _tensor = tensor;

    public long Count => _tensor.NumberOfElements;

    public T[] ToArray()
    {
        var values = new T[Count];
        CopyTo(values);
        return values;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        Span<T> to = array[arrayIndex..];
        ReadOnlySpan<T> from = Dense()[(int)tensorIndex..];
        from[..Math.Min(from.Length, to.Length)].CopyTo(to);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        TensorImpl tensor = _tensor.Impl;
        Span<T> values = Dense();
        ReadOnlySpan<T> from = array[arrayIndex..];
        Span<T> to = values[(int)tensorIndex..];
        from[..Math.Min(from.Length, to.Length)].CopyTo(to);
        if (!tensor.IsContiguous) StridedCopy.Scatter(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values), tensor);
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    public void Dispose()
    {
        // The tensor belongs to whoever asked it for its elements.
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The tensor's own memory where it is contiguous, else a row-major copy.</summary>
    private Span<T> Dense()
    {
        TensorImpl tensor = _tensor.Impl;
        if (tensor.IsContiguous) return tensor.Span<T>();
        var values = new T[tensor.Count];
        StridedCopy.Gather(tensor, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
