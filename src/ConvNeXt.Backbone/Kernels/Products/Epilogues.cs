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

    /// <summary>Processes rows of two registers, as <see cref="Finish"/> does.</summary>
    /// <param name="tile">The sums, [<paramref name="rows"/>, 2 registers], which may be overwritten.</param>
    /// <param name="rows">Number of rows, up to <see cref="GemmTile.MaxRows"/>.</param>
    /// <param name="firstRow">First row of the product.</param>
    /// <param name="column">First column.</param>
    void FinishTile(float* tile, int rows, int firstRow, int column);
}

/// <summary><see cref="IEpilogue{TLanes}.FinishTile"/> of operations that take one register after the other.</summary>
internal static unsafe class EpilogueLoop
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TLanes, TEpilogue>(in TEpilogue epilogue, float* tile, int rows, int firstRow, int column)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        var finish = epilogue; // a copy, whose fields can be kept in registers
        for (int row = firstRow; row < firstRow + rows; row++, tile += 2 * TLanes.Count)
        {
            // With a constant count, the checks for part of a register are compiled away.
            finish.Finish(TLanes.Load(tile), row, column, TLanes.Count);
            finish.Finish(TLanes.Load(tile + TLanes.Count), row, column + TLanes.Count, TLanes.Count);
        }
    }
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void FinishTile(float* tile, int rows, int firstRow, int column) =>
        EpilogueLoop.Run<TLanes, BiasEpilogue<TLanes>>(in this, tile, rows, firstRow, column);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void FinishTile(float* tile, int rows, int firstRow, int column) =>
        EpilogueLoop.Run<TLanes, AddEpilogue<TLanes>>(in this, tile, rows, firstRow, column);
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

    /// <summary>
    /// GELU is a long chain of operations that wait for each other, of which a processor works on few at a time. In two loops over the tile, with half of the
    /// chain each, it takes a fifth less time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public readonly void FinishTile(float* tile, int rows, int firstRow, int column)
    {
        if (!IsQuick || PreActivation != null)
        {
            EpilogueLoop.Run<TLanes, GeluEpilogue<TLanes>>(in this, tile, rows, firstRow, column);
            return;
        }

        int width = 2 * TLanes.Count, count = rows * width;
        float* exponents = stackalloc float[GemmTile.MaxRows * 2 * TLanes.Count], bias = Bias + column, output = Output + (firstRow * Stride) + column;
        for (int i = 0; i < count; i += TLanes.Count)
        {
            var value = TLanes.Load(tile + i) + TLanes.Load(bias + (i & TLanes.Count));
            value.Store(tile + i);
            Gelu.QuickExponent(value).Store(exponents + i);
        }

        for (int i = 0; i < count; i += width, output += Stride)
        {
            int next = i + TLanes.Count;
            Gelu.QuickValueOf(TLanes.Load(tile + i), TLanes.Load(exponents + i)).Store(output);
            Gelu.QuickValueOf(TLanes.Load(tile + next), TLanes.Load(exponents + next)).Store(output + TLanes.Count);
        }
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void FinishTile(float* tile, int rows, int firstRow, int column) =>
        EpilogueLoop.Run<TLanes, ResidualEpilogue<TLanes>>(in this, tile, rows, firstRow, column);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void FinishTile(float* tile, int rows, int firstRow, int column) =>
        EpilogueLoop.Run<TLanes, MultiplyEpilogue<TLanes>>(in this, tile, rows, firstRow, column);
}
