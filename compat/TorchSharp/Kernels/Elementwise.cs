using System.Numerics;
using TorchSharp.Tensors;
using static TorchSharp.torch;

namespace TorchSharp.Kernels;

/// <summary>Operations on each element, or on pairs of elements of two tensors that are broadcast to one shape. Results keep the layout of the first operand of that shape.</summary>
internal static class Elementwise
{
    public static TensorImpl Map<TOperation>(TensorImpl x)
        where TOperation : struct, IUnaryOperation
    {
        ScalarTypeInfo type = ScalarTypeInfo.Of(x.Type);
        // Integers have roots and exponentials in float32.
        ScalarType result = type.IsFloatingPoint ? type.Type : ScalarType.Float32;
        return result == ScalarType.Float64 ? Map<double, TOperation>(x, result) : Map<float, TOperation>(x, result);
    }

    public static TensorImpl Zip<TOperation>(TensorImpl x, TensorImpl y)
        where TOperation : struct, IBinaryOperation
    {
        ScalarType type = ScalarTypeInfo.Promote(x, y);
        if (typeof(TOperation) == typeof(Divide) && !ScalarTypeInfo.Of(type).IsFloatingPoint) type = ScalarType.Float32;
        return ScalarTypeInfo.Of(type).Computes switch
        {
            ScalarType.Float32 => Zip<float, TOperation>(x, y, type),
            ScalarType.Float64 => Zip<double, TOperation>(x, y, type),
            _ => Zip<long, TOperation>(x, y, type),
        };
    }

    /// <summary>A tensor of Bool.</summary>
    public static TensorImpl Compare<TComparison>(TensorImpl x, TensorImpl y)
        where TComparison : struct, IComparison => ScalarTypeInfo.Of(ScalarTypeInfo.Promote(x, y)).Computes switch
        {
            ScalarType.Float32 => Compare<float, TComparison>(x, y),
            ScalarType.Float64 => Compare<double, TComparison>(x, y),
            _ => Compare<long, TComparison>(x, y),
        };

    /// <summary>x to the power y, in floating point.</summary>
    public static TensorImpl Power(TensorImpl x, TensorImpl y)
    {
        ScalarType type = ScalarTypeInfo.Promote(x, y);
        if (!ScalarTypeInfo.Of(type).IsFloatingPoint) type = ScalarType.Float32;
        (long[] shape, int[] order) = Plan(x, y);
        return type == ScalarType.Float64 ? Power<double>(x, y, shape, type, order) : Power<float>(x, y, shape, type, order);
    }

    /// <summary>x where the condition is not zero, else y.</summary>
    public static TensorImpl Select(TensorImpl condition, TensorImpl x, TensorImpl y)
    {
        ScalarType type = ScalarTypeInfo.Promote(x, y);
        long[] shape = Shapes.Broadcast(condition.Shape, Shapes.Broadcast(x.Shape, y.Shape));
        TensorImpl result = TensorImpl.Allocate(shape, type);
        // Both alternatives as they are stored: nothing is computed.
        TensorImpl a = Elements.Cast(x, type).Expanded(shape), b = Elements.Cast(y, type).Expanded(shape);
        int size = ScalarTypeInfo.Of(type).Size;
        byte[] first = new byte[result.Count * size], second = new byte[result.Count * size];
        StridedCopy.Gather(a, first);
        StridedCopy.Gather(b, second);
        ReadOnlySpan<long> chosen = Elements.Read<long>(Elements.Cast(condition, ScalarType.Bool).Expanded(shape));
        Span<byte> bytes = result.Bytes();
        for (int i = 0; i < chosen.Length; i++) (chosen[i] != 0 ? first : second).AsSpan(i * size, size).CopyTo(bytes[(i * size)..]);
        return result;
    }

    private static TensorImpl Map<T, TOperation>(TensorImpl x, ScalarType type)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperation : struct, IUnaryOperation
    {
        int[] order = Layout.MemoryOrder(x) ?? Identity(x.Rank);
        (TensorImpl result, TensorImpl computed) = Results<T>(x.Shape, type, order);
        ReadOnlySpan<T> from = Elements.Read<T>(x.Permuted(order));
        Span<T> to = computed.Span<T>();
        for (int i = 0; i < to.Length; i++) to[i] = TOperation.Apply(from[i]);
        return Finish(result, computed, order);
    }

    private static TensorImpl Zip<T, TOperation>(TensorImpl x, TensorImpl y, ScalarType type)
        where T : unmanaged, INumber<T>
        where TOperation : struct, IBinaryOperation
    {
        (long[] shape, int[] order) = Plan(x, y);
        (TensorImpl result, TensorImpl computed) = Results<T>(shape, type, order);
        Span<T> to = computed.Span<T>();
        ReadOnlySpan<T> a = Operand<T>(x, shape, order), b = Operand<T>(y, shape, order);
        if (a.Length == to.Length && b.Length == to.Length)
            for (int i = 0; i < to.Length; i++) to[i] = TOperation.Apply(a[i], b[i]);
        else if (a.Length == to.Length)
            for (int i = 0; i < to.Length; i++) to[i] = TOperation.Apply(a[i], b[0]);
        else
            for (int i = 0; i < to.Length; i++) to[i] = TOperation.Apply(a[0], b[i]);
        return Finish(result, computed, order);
    }

    private static TensorImpl Compare<T, TComparison>(TensorImpl x, TensorImpl y)
        where T : unmanaged, INumber<T>
        where TComparison : struct, IComparison
    {
        long[] shape = Shapes.Broadcast(x.Shape, y.Shape);
        TensorImpl result = TensorImpl.Allocate(shape, ScalarType.Bool);
        ReadOnlySpan<T> a = Elements.Read<T>(x.Expanded(shape)), b = Elements.Read<T>(y.Expanded(shape));
        Span<byte> to = result.Bytes();
        for (int i = 0; i < to.Length; i++) to[i] = TComparison.Holds(a[i], b[i]) ? (byte)1 : (byte)0;
        return result;
    }

    private static TensorImpl Power<T>(TensorImpl x, TensorImpl y, long[] shape, ScalarType type, int[] order)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (TensorImpl result, TensorImpl computed) = Results<T>(shape, type, order);
        Span<T> to = computed.Span<T>();
        ReadOnlySpan<T> a = Operand<T>(x, shape, order), b = Operand<T>(y, shape, order);
        for (int i = 0; i < to.Length; i++)
        {
            T value = a[a.Length == 1 ? 0 : i], exponent = b[b.Length == 1 ? 0 : i];
            to[i] = exponent == T.One + T.One ? value * value : T.Pow(value, exponent);
        }
        return Finish(result, computed, order);
    }

    /// <summary>The shape of the result and the order of its dimensions in memory: that of the first operand of this shape that leaves no gaps.</summary>
    private static (long[] Shape, int[] Order) Plan(TensorImpl x, TensorImpl y)
    {
        long[] shape = Shapes.Broadcast(x.Shape, y.Shape);
        foreach (TensorImpl operand in (ReadOnlySpan<TensorImpl>)[x, y])
            if (operand.Shape.AsSpan().SequenceEqual(shape) && Layout.MemoryOrder(operand) is { } order) return (shape, order);
        return (shape, Identity(shape.Length));
    }

    /// <summary>The elements of an operand in the result's order in memory; only one where it is a number.</summary>
    private static ReadOnlySpan<T> Operand<T>(TensorImpl x, long[] shape, int[] order)
        where T : unmanaged, INumber<T> =>
        Elements.Read<T>(x.Count == 1 ? x : x.Expanded(shape).Permuted(order));

    private static (TensorImpl Result, TensorImpl Computed) Results<T>(long[] shape, ScalarType type, int[] order)
        where T : unmanaged, INumber<T>
    {
        TensorImpl result = Layout.Allocate(shape, type, order), inMemory = result.Permuted(order);
        return (result, type == Elements.TypeOf<T>() ? inMemory : TensorImpl.Allocate(inMemory.Shape, Elements.TypeOf<T>()));
    }

    /// <summary>Rounds what was computed in a wider type to the type of the result.</summary>
    private static TensorImpl Finish(TensorImpl result, TensorImpl computed, int[] order)
    {
        if (computed.Type != result.Type) Elements.Copy(computed, result.Permuted(order));
        return result;
    }

    private static int[] Identity(int rank) => [.. Enumerable.Range(0, rank)];
}
