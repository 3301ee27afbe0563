using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>4 elements of two 16-bit values: SSE2, and Arm64 without dot products.</summary>
internal readonly unsafe struct DotWords128(Vector128<int> value) : IDotLanes<DotWords128>
{
    private readonly Vector128<int> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    public static int Group
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2;
    }

    public static int Shift
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 0;
    }

    public static DotWords128 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<int>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords128 Load(int* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords128 Broadcast(int* source) => new(Vector128.Create(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords128 MultiplyAdd(DotWords128 activations, DotWords128 weights, DotWords128 sum) =>
        new(sum._value + (Sse2.IsSupported
            ? Sse2.MultiplyAddAdjacent(activations._value.AsInt16(), weights._value.AsInt16())
            : DotFallback.Words(activations._value, weights._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords128 operator +(DotWords128 a, DotWords128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* target) => _value.Store(target);
}
