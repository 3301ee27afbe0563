using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ConvNeXt.Backbone.Kernels.Lanes;

/// <summary>8 float32 lanes: AVX2.</summary>
internal readonly unsafe struct Lanes256(Vector256<float> value) : ILanes<Lanes256>
{
    private readonly Vector256<float> _value = value;

    private Vector256<uint> Bits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value.AsUInt32();
    }

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    public static bool HasWideRegisterFile
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    public static Lanes256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadUpTo(float* source, int count)
    {
        if (count >= Count) return Load(source);
        if (Avx.IsSupported) return new(Avx.MaskLoad(source, Mask(count)));
        float* lanes = stackalloc float[8];
        for (int i = 0; i < 8; i++) lanes[i] = i < count ? source[i] : 0f;
        return Load(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Lanes256 ITileLanes<Lanes256>.Load(int* source) => Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Lanes256 ITileLanes<Lanes256>.Broadcast(int* source) => Broadcast(*(float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 FromIntegers(int* source) => new(Vector256.ConvertToSingle(Vector256.Load(source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Min(Lanes256 a, Lanes256 b) => new(Vector256.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Vector256.MaxNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Abs(Lanes256 a) => new(Vector256.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Sqrt(Lanes256 a) => new(Vector256.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 PowerOfTwo(Lanes256 exponent) => new(((Vector256.ConvertToInt32Native(exponent._value) + Vector256.Create(127)) << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Scale(Lanes256 value, Lanes256 exponent) => value * PowerOfTwo(exponent);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => _value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void ITileLanes<Lanes256>.Store(int* target) => Store((float*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreUpTo(float* target, int count)
    {
        if (count >= Count) Store(target);
        else if (Avx.IsSupported) Avx.MaskStore(target, Mask(count), _value);
        else for (int i = 0; i < count; i++) target[i] = _value.GetElement(i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreBytes(byte* target, int count)
    {
        if (count >= Count) Unsafe.WriteUnaligned(target, NarrowToBytes(Words()));
        else for (int i = 0; i < count; i++) target[i] = (byte)Bits.GetElement(i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreWords(short* target, int count)
    {
        if (count >= Count) Words().Store((ushort*)target);
        else for (int i = 0; i < count; i++) target[i] = (short)Bits.GetElement(i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Sum() => Vector256.Sum(_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Smallest() => new Lanes128(Vector128.MinNative(_value.GetLower(), _value.GetUpper())).Smallest();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Largest() => new Lanes128(Vector128.MaxNative(_value.GetLower(), _value.GetUpper())).Largest();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mask(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    // The lowest 16 bits of each lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<ushort> Words()
    {
        var low = Bits & Vector256.Create(0xFFFFu);
        return Sse41.IsSupported ? Sse41.PackUnsignedSaturate(low.GetLower().AsInt32(), low.GetUpper().AsInt32()) : Vector128.Narrow(low.GetLower(), low.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong NarrowToBytes(Vector128<ushort> words)
    {
        var low = words & Vector128.Create((ushort)0xFF);
        return (Sse2.IsSupported ? Sse2.PackUnsignedSaturate(low.AsInt16(), low.AsInt16()) : Vector128.Narrow(low, low)).AsUInt64().ToScalar();
    }
}
