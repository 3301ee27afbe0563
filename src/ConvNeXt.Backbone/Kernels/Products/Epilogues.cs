using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// An operation on a finished GEMM tile as it is stored. Implementations are structs of operands, which the JIT compiles into the loop of the product.
/// </summary>
internal unsafe interface IEpilogue<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Processes up to one register of one row.</summary>
    /// <param name="value">The sums of <paramref name="count"/> columns (which may exceed the register).</param>
    /// <param name="row">Row of the product.</param>
    /// <param name="column">First column.</param>
    /// <param name="count">Number of valid columns, starting at the first.</param>
    void Finish(TLanes value, int row, int column, int count);
}

/// <summary>y = sum + bias. y: [rows, <see cref="Stride"/>], overwritten. Bias may be null.</summary>
internal unsafe struct BiasEpilogue<TLanes> : IEpilogue<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public float* Bias;
    public float* Output;
    public nint Stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Finish(TLanes value, int row, int column, int count)
    {
        if (Bias != null) value += TLanes.LoadUpTo(Bias + column, count);
        value.StoreUpTo(Output + (row * Stride) + column, count);
    }
}

/// <summary>y += sum. y: [rows, <see cref="Stride"/>].</summary>
internal unsafe struct AddEpilogue<TLanes> : IEpilogue<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public float* Output;
    public nint Stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Finish(TLanes value, int row, int column, int count)
    {
        float* output = Output + (row * Stride) + column;
        (TLanes.LoadUpTo(output, count) + value).StoreUpTo(output, count);
    }
}

/// <summary>
/// y = gelu(sum + bias). y: [rows, <see cref="Stride"/>], overwritten. The input of GELU is also stored, in [rows, <see cref="PreActivationStride"/>], if
/// backward needs it; otherwise PreActivation is null.
/// </summary>
internal unsafe struct GeluEpilogue<TLanes> : IEpilogue<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public float* Bias;
    public float* Output;
    public nint Stride;
    public float* PreActivation;
    public nint PreActivationStride;

    /// <summary>Whether <see cref="Gelu.QuickValue"/> is accurate enough.</summary>
    public bool IsQuick;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Finish(TLanes value, int row, int column, int count)
    {
        value += TLanes.LoadUpTo(Bias + column, count);
        if (PreActivation != null) value.StoreUpTo(PreActivation + (row * PreActivationStride) + column, count);
        (IsQuick ? Gelu.QuickValue(value) : Gelu.Value(value)).StoreUpTo(Output + (row * Stride) + column, count);
    }
}

/// <summary>
/// The end of a block: y = x + keep[image] * (gamma * (sum + bias)). x, y: [rows, columns], y is overwritten and may be x. Gamma is null for a network without
/// layer scale; keep is null if no path is dropped.
/// </summary>
internal unsafe struct ResidualEpilogue<TLanes> : IEpilogue<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public float* Bias;
    public float* Gamma;
    public float* Keep;
    public int RowsPerImage;
    public float* Input;
    public float* Output;
    public nint Stride;

    /// <summary>The same, starting at an image; rows are then counted from 0.</summary>
    public readonly ResidualEpilogue<TLanes> From(int image)
    {
        nint offset = image * RowsPerImage * Stride;
        var rest = this;
        rest.Input += offset;
        rest.Output += offset;
        if (Keep != null) rest.Keep += image;
        return rest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Finish(TLanes value, int row, int column, int count)
    {
        nint at = (row * Stride) + column;
        value += TLanes.LoadUpTo(Bias + column, count);
        if (Gamma != null) value *= TLanes.LoadUpTo(Gamma + column, count);
        if (Keep != null) value *= TLanes.Broadcast(Keep[row / RowsPerImage]);
        (TLanes.LoadUpTo(Input + at, count) + value).StoreUpTo(Output + at, count);
    }
}

/// <summary>y = sum * y, element by element; y holds the derivative of the activation on entry. y: [rows, <see cref="Stride"/>].</summary>
internal unsafe struct MultiplyEpilogue<TLanes> : IEpilogue<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public float* Output;
    public nint Stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Finish(TLanes value, int row, int column, int count)
    {
        float* output = Output + (row * Stride) + column;
        (value * TLanes.LoadUpTo(output, count)).StoreUpTo(output, count);
    }
}
