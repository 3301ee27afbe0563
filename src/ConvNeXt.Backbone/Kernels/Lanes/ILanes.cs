namespace ConvNeXt.Backbone.Kernels.Lanes;

/// <summary>
/// A SIMD register of float32 lanes. Kernels are written once against this interface and compiled by the JIT for each width: <see cref="Lanes512"/>,
/// <see cref="Lanes256"/>, <see cref="Lanes128"/> (x86 and Arm64), and <see cref="LanesScalar"/> for machines without SIMD. The width is chosen once per engine
/// (<see cref="SimdWidth"/>).
/// </summary>
internal unsafe interface ILanes<TSelf> : ITileLanes<TSelf> where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Whether there are 32 registers, so that a GEMM tile can have 12 rows of 2 registers; otherwise it has 6 rows.</summary>
    static abstract bool HasWideRegisterFile { get; }

    static abstract TSelf Load(float* source);

    /// <summary>
    /// Loads the first <paramref name="count"/> lanes (all if it exceeds the register) and sets the others to zero; reads nothing beyond them.
    /// </summary>
    static abstract TSelf LoadUpTo(float* source, int count);

    static abstract TSelf Broadcast(float value);

    /// <summary>Loads integers and converts them to the nearest floats.</summary>
    static abstract TSelf FromIntegers(int* source);

    static abstract TSelf Min(TSelf a, TSelf b);

    static abstract TSelf Max(TSelf a, TSelf b);

    static abstract TSelf Abs(TSelf a);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>2^exponent in each lane; exponents are integers in [-126, 127].</summary>
    static abstract TSelf PowerOfTwo(TSelf exponent);

    /// <summary>value * 2^exponent in each lane; exponents are integers in [-126, 127].</summary>
    static abstract TSelf Scale(TSelf value, TSelf exponent);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    void Store(float* target);

    /// <summary>Stores the first <paramref name="count"/> lanes (all if it exceeds the register); writes nothing beyond them.</summary>
    void StoreUpTo(float* target, int count);

    /// <summary>Stores the lowest 8 bits of the first <paramref name="count"/> lanes (all if it exceeds the register); writes nothing beyond them.</summary>
    void StoreBytes(byte* target, int count);

    /// <summary>Stores the lowest 16 bits of the first <paramref name="count"/> lanes (all if it exceeds the register); writes nothing beyond them.</summary>
    void StoreWords(short* target, int count);

    /// <summary>Sum of the lanes.</summary>
    float Sum();

    /// <summary>The smallest lane.</summary>
    float Smallest();

    /// <summary>The largest lane.</summary>
    float Largest();
}
