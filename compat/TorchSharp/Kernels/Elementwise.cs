using System.Numerics;
using TorchSharp.Tensors;
using static TorchSharp.torch;

namespace TorchSharp.Kernels;

/// <summary>Operations on each element, or on pairs of elements of two tensors that are broadcast to one shape. Results keep the layout of the first operand of that shape.</summary>
internal static class Elementwise
{
    public static TensorImpl Map<TOperation>(TensorImpl x)
        where TOperation : struct, IUnaryOperation =>
        ScalarTypeInfo.Of(x.Type).ComputesInDouble ? Map<double, TOperation>(x) : Map<float, TOperation>(x);

    public static TensorImpl Zip<TOperation>(TensorImpl x, TensorImpl y)
        where TOperation : struct, IBinaryOperation
    {
        ScalarType type = ScalarTypeInfo.Promote(x, y);
        return ScalarTypeInfo.Of(type).ComputesInDouble ? Zip<double, TOperation>(x, y, type) : Zip<float, TOperation>(x, y, type);
    }

    private static TensorImpl Map<T, TOperation>(TensorImpl x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperation : struct, IUnaryOperation
    {
        int[] order = Layout.MemoryOrder(x) ?? Identity(x.Rank);
        (TensorImpl result, TensorImpl computed) = Results<T>(x.Shape, x.Type, order);
        ReadOnlySpan<T> from = Elements.Read<T>(x.Permuted(order));
        Span<T> to = computed.Span<T>();
        for (int i = 0; i < to.Length; i++) to[i] = TOperation.Apply(from[i]);
        return Finish(result, computed, order);
    }

    private static TensorImpl Zip<T, TOperation>(TensorImpl x, TensorImpl y, ScalarType type)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Elements.Read<T>(x.Count == 1 ? x : x.Expanded(shape).Permuted(order));

    private static (TensorImpl Result, TensorImpl Computed) Results<T>(long[] shape, ScalarType type, int[] order)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
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
