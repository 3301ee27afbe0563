namespace ConvNeXt.Backbone.Kernels.Lanes;

/// <summary>
/// A SIMD register of float32 lanes. Kernels are written once over this interface and compiled by the JIT for each width: <see cref="Lanes512"/>, <see cref="Lanes256"/>,
/// <see cref="Lanes128"/> (x86 and Arm64), and <see cref="LanesScalar"/> for machines without SIMD. Which one runs is chosen once per engine (<see cref="SimdWidth"/>).
/// </summary>
internal unsafe interface ILanes<TSelf> where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Lanes in the register.</summary>
    static abstract int Count { get; }

    /// <summary>Whether 32 registers are at hand, so that a GEMM tile may hold 12 rows of 2 registers; otherwise 6 rows.</summary>
    static abstract bool HasWideRegisterFile { get; }

    static abstract TSelf Zero { get; }

    static abstract TSelf Load(float* source);

    /// <summary>Loads the first <paramref name="count"/> lanes (all, when it is larger than the register) and zeros; reads nothing beyond them.</summary>
    static abstract TSelf LoadUpTo(float* source, int count);

    static abstract TSelf Broadcast(float value);

    /// <summary>a * b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Min(TSelf a, TSelf b);

    static abstract TSelf Max(TSelf a, TSelf b);

    static abstract TSelf Abs(TSelf a);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>2 to the power of lanes that hold integers within [-126, 127].</summary>
    static abstract TSelf PowerOfTwo(TSelf exponent);

    /// <summary>value times 2 to the power of lanes that hold integers within [-126, 127].</summary>
    static abstract TSelf Scale(TSelf value, TSelf exponent);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    void Store(float* target);

    /// <summary>Stores the first <paramref name="count"/> lanes (all, when it is larger than the register) and touches nothing beyond them.</summary>
    void StoreUpTo(float* target, int count);

    /// <summary>Sum of the lanes.</summary>
    float Sum();
}
