using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>16 elements of two 16-bit values: AVX-512BW.</summary>
internal readonly unsafe struct DotWords512(Vector512<int> value) : IDotLanes<DotWords512>
{
    private readonly Vector512<int> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16;
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

    public static DotWords512 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<int>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords512 Load(int* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords512 Broadcast(int* source) => new(Vector512.Create(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords512 MultiplyAdd(DotWords512 activations, DotWords512 weights, DotWords512 sum) =>
        new(sum._value + (Avx512BW.IsSupported
            ? Avx512BW.MultiplyAddAdjacent(activations._value.AsInt16(), weights._value.AsInt16())
            : DotFallback.Words(activations._value, weights._value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotWords512 operator +(DotWords512 a, DotWords512 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* target) => _value.Store(target);
}
