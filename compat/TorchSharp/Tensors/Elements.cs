using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Tensors;

/// <summary>Elements in and out of tensors as the numbers that arithmetic is done with, float or double, in row-major order.</summary>
internal static class Elements
{
    /// <summary>Without a copy where the tensor is contiguous and of this type already.</summary>
    public static ReadOnlySpan<T> Read<T>(TensorImpl x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool asStored = x.Type == TypeOf<T>();
        if (x.IsContiguous && asStored) return x.Span<T>();
        Span<byte> stored = x.IsContiguous ? x.Bytes() : new byte[x.Count * ScalarTypeInfo.Of(x.Type).Size];
        if (!x.IsContiguous) StridedCopy.Gather(x, stored);
        if (asStored) return MemoryMarshal.Cast<byte, T>(stored);
        var values = new T[x.Count];
        Decode(stored, x.Type, values.AsSpan());
        return values;
    }

    /// <summary>Writes row-major numbers into a tensor of any type and strides, rounding to its type.</summary>
    public static void Store<T>(ReadOnlySpan<T> values, TensorImpl x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<byte> stored = x.IsContiguous ? x.Bytes() : new byte[x.Count * ScalarTypeInfo.Of(x.Type).Size];
        Encode(values, x.Type, stored);
        if (!x.IsContiguous) StridedCopy.Scatter(stored, x);
    }

    /// <summary>The tensor in another type; itself where it has that type. The layout stays.</summary>
    public static TensorImpl Cast(TensorImpl x, ScalarType type)
    {
        if (x.Type == type) return x;
        int[] order = Layout.MemoryOrder(x) ?? [.. Enumerable.Range(0, x.Rank)];
        TensorImpl result = Layout.Allocate(x.Shape, type, order);
        Copy(x.Permuted(order), result.Permuted(order));
        return result;
    }

    /// <summary>Copies elements between tensors of the same shape, which may share memory, converting the type.</summary>
    public static void Copy(TensorImpl source, TensorImpl destination)
    {
        if (source.Type != destination.Type)
        {
            if (ScalarTypeInfo.Of(source.Type).ComputesInDouble) Store(Read<double>(source), destination);
            else Store(Read<float>(source), destination);
            return;
        }
        if (source.IsContiguous)
        {
            // Into other places of the same memory a copy could read what it has written.
            StridedCopy.Scatter(ReferenceEquals(source.Storage, destination.Storage) && !destination.IsContiguous ? source.Bytes().ToArray() : source.Bytes(), destination);
            return;
        }
        byte[] stored = new byte[source.Count * ScalarTypeInfo.Of(source.Type).Size];
        StridedCopy.Gather(source, stored);
        StridedCopy.Scatter(stored, destination);
    }

    public static ScalarType TypeOf<T>() =>
        typeof(T) == typeof(float) ? ScalarType.Float32
        : typeof(T) == typeof(double) ? ScalarType.Float64
        : throw new NotSupportedException($"tensors of {typeof(T).Name} are not supported");

    private static void Decode<T>(ReadOnlySpan<byte> stored, ScalarType type, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (type)
        {
            case ScalarType.Float64: Convert(MemoryMarshal.Cast<byte, double>(stored), values); break;
            case ScalarType.Float32: Convert(MemoryMarshal.Cast<byte, float>(stored), values); break;
            default:
                ReadOnlySpan<ushort> bits = MemoryMarshal.Cast<byte, ushort>(stored);
                for (int i = 0; i < bits.Length; i++) values[i] = T.CreateTruncating(BFloat16Bits.ToSingle(bits[i]));
                break;
        }
    }

    private static void Encode<T>(ReadOnlySpan<T> values, ScalarType type, Span<byte> stored)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (type)
        {
            case ScalarType.Float64: Convert(values, MemoryMarshal.Cast<byte, double>(stored)); break;
            case ScalarType.Float32: Convert(values, MemoryMarshal.Cast<byte, float>(stored)); break;
            default:
                Span<ushort> bits = MemoryMarshal.Cast<byte, ushort>(stored);
                for (int i = 0; i < bits.Length; i++) bits[i] = BFloat16Bits.FromSingle(float.CreateTruncating(values[i]));
                break;
        }
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to)
        where TFrom : unmanaged, IBinaryFloatingPointIeee754<TFrom>
        where TTo : unmanaged, IBinaryFloatingPointIeee754<TTo>
    {
        for (int i = 0; i < to.Length; i++) to[i] = TTo.CreateTruncating(from[i]);
    }
}
