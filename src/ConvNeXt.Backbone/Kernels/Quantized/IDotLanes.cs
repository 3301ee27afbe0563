using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>
/// A SIMD register of 32-bit elements for products of 8-bit integers. An element of an operand holds <see cref="Group"/> successive values of a row or a
/// column, and a product adds the exact sum of their products to a 32-bit sum. Sums of integers are exact, so all implementations give the same results.
/// <para>Implementations fall back to other instructions on machines without theirs, so that tests can run each of them anywhere; which one is fast on a
/// machine is chosen by <see cref="DotSupport"/>.</para>
/// </summary>
internal interface IDotLanes<TSelf> : ITileLanes<TSelf> where TSelf : unmanaged, IDotLanes<TSelf>
{
    /// <summary>Values in an element: 4 of 8 bits, or 2 of 16 bits.</summary>
    static abstract int Group { get; }

    /// <summary>Subtracted from activations, 0 to 255, when they are stored: 128 if the instruction multiplies signed values only.</summary>
    static abstract int Shift { get; }
}
