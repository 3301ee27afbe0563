using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>4 elements of four 8-bit values: the dot product of Arm64, which multiplies signed values.</summary>
internal readonly unsafe struct DotBytes128(Vector128<int> value) : IDotLanes<DotBytes128>
{
    private const int SignedShift = 128;

    private readonly Vector128<int> _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    public static int Group
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    public static int Shift
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => SignedShift;
    }

    public static DotBytes128 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<int>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotBytes128 Load(int* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotBytes128 Broadcast(int* source) => new(Vector128.Create(*source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotBytes128 MultiplyAdd(DotBytes128 activations, DotBytes128 weights, DotBytes128 sum) =>
        new(Dp.IsSupported
            ? Dp.DotProduct(sum._value, activations._value.AsSByte(), weights._value.AsSByte())
            : sum._value + DotFallback.SignedBytes(activations._value, weights._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotBytes128 operator +(DotBytes128 a, DotBytes128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* target) => _value.Store(target);
}
