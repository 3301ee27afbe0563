using System.Runtime.CompilerServices;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>One element of four 8-bit values, for machines without SIMD.</summary>
internal readonly unsafe struct DotScalar(int value) : IDotLanes<DotScalar>
{
    private readonly int _value = value;

    public static int Count => 1;

    public static int Group => 4;

    public static int Shift => 0;

    public static DotScalar Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotScalar Load(int* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotScalar Broadcast(int* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotScalar MultiplyAdd(DotScalar activations, DotScalar weights, DotScalar sum)
    {
        int a = activations._value, w = weights._value;
        return new(sum._value + ((byte)a * (sbyte)w) + ((byte)(a >> 8) * (sbyte)(w >> 8)) + ((byte)(a >> 16) * (sbyte)(w >> 16)) + ((byte)(a >> 24) * (sbyte)(w >> 24)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DotScalar operator +(DotScalar a, DotScalar b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* target) => *target = _value;
}
