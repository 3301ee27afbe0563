using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>8 elements of four 8-bit values: AVX-VNNI.</summary>
internal readonly unsafe struct DotBytes256(Vector256<int> value) : IDotLanes<DotBytes256>
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
        get => 4;
    }

    public static int Shift
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 0;
    }

    public static DotBytes256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<int>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotBytes256 Load(int* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotBytes256 Broadcast(int* source) => new(Vector256.Create(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotBytes256 MultiplyAdd(DotBytes256 activations, DotBytes256 weights, DotBytes256 sum) =>
        new(AvxVnni.IsSupported
            ? AvxVnni.MultiplyWideningAndAdd(sum._value, activations._value.AsByte(), weights._value.AsSByte())
            : sum._value + DotFallback.Bytes(activations._value, weights._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotBytes256 operator +(DotBytes256 a, DotBytes256 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* target) => _value.Store(target);
}
