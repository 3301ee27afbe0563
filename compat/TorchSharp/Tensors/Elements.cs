using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Tensors;

/// <summary>Elements in and out of tensors as numbers of the type that arithmetic is done in: float, double or long, in row-major order.</summary>
internal static class Elements
{
    /// <summary>Without a copy where the tensor is contiguous and of this type already.</summary>
    public static ReadOnlySpan<T> Read<T>(TensorImpl x)
        where T : unmanaged, INumber<T>
    {
        if (x.IsContiguous && x.Type == TypeOf<T>()) return x.Span<T>();
        Span<byte> stored = x.IsContiguous ? x.Bytes() : new byte[x.Count * ScalarTypeInfo.Of(x.Type).Size];
        if (!x.IsContiguous) StridedCopy.Gather(x, stored);
        if (x.Type == TypeOf<T>()) return MemoryMarshal.Cast<byte, T>(stored);
        var values = new T[x.Count];
        Decode(stored, x.Type, values.AsSpan());
        return values;
    }

    /// <summary>Writes row-major numbers into a tensor of any type and strides, rounding to its type.</summary>
    public static void Store<T>(ReadOnlySpan<T> values, TensorImpl x)
        where T : unmanaged, INumber<T>
    {
        if (x.IsContiguous)
        {
            Encode(values, x.Type, x.Bytes());
            return;
        }
        byte[] stored = new byte[x.Count * ScalarTypeInfo.Of(x.Type).Size];
        Encode(values, x.Type, stored);
        StridedCopy.Scatter(stored, x);
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

    /// <summary>Copies elements between tensors of the same shape, converting the type.</summary>
    public static void Copy(TensorImpl source, TensorImpl destination)
    {
        if (source.Type == destination.Type)
        {
            byte[] stored = new byte[source.Count * ScalarTypeInfo.Of(source.Type).Size];
            StridedCopy.Gather(source, stored);
            StridedCopy.Scatter(stored, destination);
            return;
        }
        switch (ScalarTypeInfo.Of(source.Type).Computes)
        {
            case ScalarType.Float32: Store(Read<float>(source), destination); break;
            case ScalarType.Float64: Store(Read<double>(source), destination); break;
            default: Store(Read<long>(source), destination); break;
        }
    }

    public static ScalarType TypeOf<T>() =>
        typeof(T) == typeof(float) ? ScalarType.Float32
        : typeof(T) == typeof(double) ? ScalarType.Float64
        : typeof(T) == typeof(long) ? ScalarType.Int64
        : typeof(T) == typeof(int) ? ScalarType.Int32
        : typeof(T) == typeof(byte) ? ScalarType.Byte
        : typeof(T) == typeof(bool) ? ScalarType.Bool
        : typeof(T) == typeof(Half) ? ScalarType.Float16
        : throw new NotSupportedException($"tensors of {typeof(T).Name} are not supported");

    private static void Decode<T>(ReadOnlySpan<byte> stored, ScalarType type, Span<T> values)
        where T : unmanaged, INumber<T>
    {
        switch (type)
        {
            case ScalarType.Float64: Convert(MemoryMarshal.Cast<byte, double>(stored), values); break;
            case ScalarType.Float32: Convert(MemoryMarshal.Cast<byte, float>(stored), values); break;
            case ScalarType.Float16: Convert(MemoryMarshal.Cast<byte, Half>(stored), values); break;
            case ScalarType.Int64: Convert(MemoryMarshal.Cast<byte, long>(stored), values); break;
            case ScalarType.Int32: Convert(MemoryMarshal.Cast<byte, int>(stored), values); break;
            case ScalarType.BFloat16:
                ReadOnlySpan<ushort> bits = MemoryMarshal.Cast<byte, ushort>(stored);
                for (int i = 0; i < bits.Length; i++) values[i] = T.CreateTruncating(BFloat16Bits.ToSingle(bits[i]));
                break;
            default: Convert(stored, values); break;
        }
    }

    private static void Encode<T>(ReadOnlySpan<T> values, ScalarType type, Span<byte> stored)
        where T : unmanaged, INumber<T>
    {
        switch (type)
        {
            case ScalarType.Float64: Convert(values, MemoryMarshal.Cast<byte, double>(stored)); break;
            case ScalarType.Float32: Convert(values, MemoryMarshal.Cast<byte, float>(stored)); break;
            case ScalarType.Float16: Convert(values, MemoryMarshal.Cast<byte, Half>(stored)); break;
            case ScalarType.Int64: Convert(values, MemoryMarshal.Cast<byte, long>(stored)); break;
            case ScalarType.Int32: Convert(values, MemoryMarshal.Cast<byte, int>(stored)); break;
            case ScalarType.Byte: Convert(values, stored); break;
            case ScalarType.BFloat16:
                Span<ushort> bits = MemoryMarshal.Cast<byte, ushort>(stored);
                for (int i = 0; i < bits.Length; i++) bits[i] = BFloat16Bits.FromSingle(float.CreateTruncating(values[i]));
                break;
            default:
                for (int i = 0; i < stored.Length; i++) stored[i] = values[i] == T.Zero ? (byte)0 : (byte)1;
                break;
        }
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        for (int i = 0; i < to.Length; i++) to[i] = TTo.CreateTruncating(from[i]);
    }
}
