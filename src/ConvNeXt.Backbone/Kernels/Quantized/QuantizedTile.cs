using System.Runtime.CompilerServices;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>
/// The register tiles of the products of 8-bit integers: tile[r, j] = sum over i of a[r, i] * panel[i, j], where an element is a group of values as in
/// <see cref="IDotLanes{TSelf}"/>. Integer sums are exact, so results do not depend on how rows and steps are grouped.
/// <para>a: rows of elements with a stride; panel: [steps, 2 registers], contiguous (<see cref="QuantizedPanels"/>); tile: [rows, 2 registers], contiguous.
/// </para>
/// </summary>
internal static unsafe class QuantizedTile
{
    /// <summary>Maximum number of rows in a tile: 12 sums, 2 registers of the panel, a broadcast and a product fit in 16 registers.</summary>
    public const int MaxRows = 6;

    /// <summary>Rows of the next tile when this many are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RowsOf(int rows) => rows >= MaxRows ? MaxRows : rows >= 3 ? 3 : 1;

    /// <summary>Computes some steps of a tile.</summary>
    /// <param name="a">The tile's first row, at the first step.</param>
    /// <param name="stride">Elements from row to row of a.</param>
    /// <param name="rows">Number of rows, as returned by <see cref="RowsOf"/>.</param>
    /// <param name="panel">The panel at the first step.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="adds">Whether to add to the tile, which holds the sum of earlier steps.</param>
    /// <param name="tile">The sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute<TDot>(int* a, nint stride, int rows, int* panel, nint steps, bool adds, int* tile) where TDot : unmanaged, IDotLanes<TDot>
    {
        switch (rows)
        {
            case 6: Rows6<TDot>(a, stride, panel, steps, adds, tile); break;
            case 3: Rows3<TDot>(a, stride, panel, steps, adds, tile); break;
            default: Rows1<TDot>(a, panel, steps, adds, tile); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows6<TDot>(int* a, nint stride, int* panel, nint steps, bool adds, int* tile) where TDot : unmanaged, IDotLanes<TDot>
    {
        int* a0 = a, a1 = a0 + stride, a2 = a1 + stride, a3 = a2 + stride, a4 = a3 + stride, a5 = a4 + stride;
        TDot s0 = TDot.Zero, t0 = TDot.Zero;
        TDot s1 = TDot.Zero, t1 = TDot.Zero;
        TDot s2 = TDot.Zero, t2 = TDot.Zero;
        TDot s3 = TDot.Zero, t3 = TDot.Zero;
        TDot s4 = TDot.Zero, t4 = TDot.Zero;
        TDot s5 = TDot.Zero, t5 = TDot.Zero;
        for (nint i = 0; i < steps; i++)
        {
            TDot left = TDot.Load(panel), right = TDot.Load(panel + TDot.Count);
            panel += 2 * TDot.Count;
            var x = TDot.Broadcast(a0 + i);
            s0 = TDot.MultiplyAdd(x, left, s0);
            t0 = TDot.MultiplyAdd(x, right, t0);
            x = TDot.Broadcast(a1 + i);
            s1 = TDot.MultiplyAdd(x, left, s1);
            t1 = TDot.MultiplyAdd(x, right, t1);
            x = TDot.Broadcast(a2 + i);
            s2 = TDot.MultiplyAdd(x, left, s2);
            t2 = TDot.MultiplyAdd(x, right, t2);
            x = TDot.Broadcast(a3 + i);
            s3 = TDot.MultiplyAdd(x, left, s3);
            t3 = TDot.MultiplyAdd(x, right, t3);
            x = TDot.Broadcast(a4 + i);
            s4 = TDot.MultiplyAdd(x, left, s4);
            t4 = TDot.MultiplyAdd(x, right, t4);
            x = TDot.Broadcast(a5 + i);
            s5 = TDot.MultiplyAdd(x, left, s5);
            t5 = TDot.MultiplyAdd(x, right, t5);
        }

        Store(s0, t0, adds, tile);
        Store(s1, t1, adds, tile + (2 * TDot.Count));
        Store(s2, t2, adds, tile + (4 * TDot.Count));
        Store(s3, t3, adds, tile + (6 * TDot.Count));
        Store(s4, t4, adds, tile + (8 * TDot.Count));
        Store(s5, t5, adds, tile + (10 * TDot.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows3<TDot>(int* a, nint stride, int* panel, nint steps, bool adds, int* tile) where TDot : unmanaged, IDotLanes<TDot>
    {
        int* a0 = a, a1 = a0 + stride, a2 = a1 + stride;
        TDot s0 = TDot.Zero, t0 = TDot.Zero;
        TDot s1 = TDot.Zero, t1 = TDot.Zero;
        TDot s2 = TDot.Zero, t2 = TDot.Zero;
        for (nint i = 0; i < steps; i++)
        {
            TDot left = TDot.Load(panel), right = TDot.Load(panel + TDot.Count);
            panel += 2 * TDot.Count;
            var x = TDot.Broadcast(a0 + i);
            s0 = TDot.MultiplyAdd(x, left, s0);
            t0 = TDot.MultiplyAdd(x, right, t0);
            x = TDot.Broadcast(a1 + i);
            s1 = TDot.MultiplyAdd(x, left, s1);
            t1 = TDot.MultiplyAdd(x, right, t1);
            x = TDot.Broadcast(a2 + i);
            s2 = TDot.MultiplyAdd(x, left, s2);
            t2 = TDot.MultiplyAdd(x, right, t2);
        }

        Store(s0, t0, adds, tile);
        Store(s1, t1, adds, tile + (2 * TDot.Count));
        Store(s2, t2, adds, tile + (4 * TDot.Count));
    }

    /// <summary>One row: two steps at a time, so that a sum does not wait for the one before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1<TDot>(int* a, int* panel, nint steps, bool adds, int* tile) where TDot : unmanaged, IDotLanes<TDot>
    {
        TDot s0 = TDot.Zero, t0 = TDot.Zero;
        TDot s1 = TDot.Zero, t1 = TDot.Zero;
        nint i = 0;
        for (; i + 1 < steps; i += 2)
        {
            var x = TDot.Broadcast(a + i);
            s0 = TDot.MultiplyAdd(x, TDot.Load(panel), s0);
            t0 = TDot.MultiplyAdd(x, TDot.Load(panel + TDot.Count), t0);
            x = TDot.Broadcast(a + i + 1);
            s1 = TDot.MultiplyAdd(x, TDot.Load(panel + (2 * TDot.Count)), s1);
            t1 = TDot.MultiplyAdd(x, TDot.Load(panel + (3 * TDot.Count)), t1);
            panel += 4 * TDot.Count;
        }

        if (i < steps)
        {
            var x = TDot.Broadcast(a + i);
            s0 = TDot.MultiplyAdd(x, TDot.Load(panel), s0);
            t0 = TDot.MultiplyAdd(x, TDot.Load(panel + TDot.Count), t0);
        }

        Store(s0 + s1, t0 + t1, adds, tile);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TDot>(TDot left, TDot right, bool adds, int* tile) where TDot : unmanaged, IDotLanes<TDot>
    {
        if (adds)
        {
            left += TDot.Load(tile);
            right += TDot.Load(tile + TDot.Count);
        }

        left.Store(tile);
        right.Store(tile + TDot.Count);
    }
}
