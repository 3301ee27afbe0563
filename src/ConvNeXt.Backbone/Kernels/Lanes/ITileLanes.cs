namespace ConvNeXt.Backbone.Kernels.Lanes;

/// <summary>
/// A SIMD register of 32-bit elements, for the register tiles of matrix products: floats (<see cref="ILanes{TSelf}"/>) or groups of small integers
/// (<see cref="Quantized.IDotLanes{TSelf}"/>). Memory of either is given as <see langword="int"/> pointers.
/// </summary>
internal unsafe interface ITileLanes<TSelf> where TSelf : unmanaged, ITileLanes<TSelf>
{
    /// <summary>Number of elements.</summary>
    static abstract int Count { get; }

    static abstract TSelf Zero { get; }

    static abstract TSelf Load(int* source);

    /// <summary>The same element in all places.</summary>
    static abstract TSelf Broadcast(int* source);

    /// <summary>a * b + c; with floats with a single rounding, with groups of integers the exact sum of their products.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf operator +(TSelf a, TSelf b);

    void Store(int* target);
}
