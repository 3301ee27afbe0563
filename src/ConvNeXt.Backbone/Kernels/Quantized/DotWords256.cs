using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>8 elements of two 16-bit values: AVX2.</summary>
internal readonly unsafe struct DotWords256(Vector256<int> value) : IDotLanes<DotWords256>
{
    private readonly Vector256<int> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
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

    public static DotWords256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<int>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords256 Load(int* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords256 Broadcast(int* source) => new(Vector256.Create(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords256 MultiplyAdd(DotWords256 activations, DotWords256 weights, DotWords256 sum) =>
        new(sum._value + (Avx2.IsSupported
            ? Avx2.MultiplyAddAdjacent(activations._value.AsInt16(), weights._value.AsInt16())
            : DotFallback.Words(activations._value, weights._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords256 operator +(DotWords256 a, DotWords256 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* target) => _value.Store(target);
}
