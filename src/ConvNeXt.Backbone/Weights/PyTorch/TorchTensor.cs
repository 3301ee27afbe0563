using System.Collections.Immutable;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>A sequence of elements that tensors are views of. Its bytes are read when a tensor first needs them.</summary>
internal sealed record TorchStorage(string Key, TorchElementType Type, long Count)
{
    /// <summary>Bytes of one element.</summary>
    internal int ElementSize => SafetensorsEntry.SizeOf(Type.ToSafetensors());
}

/// <summary>A tensor as a view of a storage: element (i, j, ...) is at offset + i * stride[0] + j * stride[1] + ...</summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, ImmutableArray<int> Shape, ImmutableArray<long> Strides, long Count)
{
    /// <summary>Creates a view after checking it against its storage. Products are checked for overflow.</summary>
    /// <exception cref="InvalidDataException">The view exceeds its storage.</exception>
    internal static TorchTensor Create(TorchStorage storage, long offset, long[] shape, long[] strides)
    {
        string Describe() =>
            $"a tensor [{string.Join(',', shape)}] with strides [{string.Join(',', strides)}] and offset {offset} "
            + $"in storage '{storage.Key}' of {storage.Count} elements";
        if (shape.Length != strides.Length) throw new InvalidDataException($"{Describe()}: shape and strides have different lengths");
        if (shape.Any(n => n is < 0 or > int.MaxValue) || strides.Any(n => n < 0) || offset < 0)
            throw new InvalidDataException($"{Describe()}: dimensions, strides and offset must not be negative");
        long count = 1, last = offset;
        try
        {
            foreach (long n in shape) count = checked(count * n);
            for (int d = 0; d < shape.Length && count > 0; d++) last = checked(last + (shape[d] - 1) * strides[d]);
        }
        catch (OverflowException)
        {
            throw new InvalidDataException($"{Describe()} is larger than any file");
        }
        if (count > 0 ? last >= storage.Count : offset > storage.Count)
            throw new InvalidDataException($"{Describe()} exceeds the storage");
        return new TorchTensor(storage, offset, [.. shape.Select(n => (int)n)], [.. strides], count);
    }

    /// <summary>Returns the elements in row-major order, as bytes.</summary>
    /// <param name="storage">All bytes of the storage.</param>
    internal byte[] Gather(byte[] storage)
    {
        int size = Storage.ElementSize;
        var result = new byte[checked(Count * size)];
        if (Count == 0) return result;
        if (IsContiguous())
        {
            Array.Copy(storage, Offset * size, result, 0, result.LongLength);
            return result;
        }
        var index = new int[Shape.Length];
        long from = Offset;
        for (long to = 0; to < result.LongLength; to += size)
        {
            Array.Copy(storage, from * size, result, to, size);
            for (int d = Shape.Length - 1; d >= 0; d--)
            {
                from += Strides[d];
                if (++index[d] < Shape[d]) break;
                from -= Strides[d] * Shape[d];
                index[d] = 0;
            }
        }
        return result;
    }

    private bool IsContiguous()
    {
        long expected = 1;
        for (int d = Shape.Length - 1; d >= 0; d--)
        {
            if (Shape[d] != 1 && Strides[d] != expected) return false;
            expected *= Shape[d];
        }
        return true;
    }
}
