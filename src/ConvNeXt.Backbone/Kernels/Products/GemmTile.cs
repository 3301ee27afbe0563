using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// The register tiles of every matrix product: tile[r, j] = sum over i of a[r, i] * panel[i, j].
/// <para>a: any matrix given by two strides (in floats): from one row r to the next, and from one step i to the next, so that rows of activations and their
/// transpose are read in place, without packing. panel: [depth, 2 registers], contiguous and padded with zeros (<see cref="Panels"/>). tile: [rows, 2
/// registers], contiguous, overwritten.</para>
/// <para>Each element is summed in chains of fused multiply-adds over i in ascending order; the chains are added in order, whatever the number of rows. A
/// result therefore does not depend on how rows are grouped into tiles, and so not on threads or batch size. Short chains keep the rounding error of long sums
/// small, at a cost of a few percent of the time: <see cref="ChainSteps"/>, <see cref="LongChainSteps"/>.</para>
/// </summary>
internal static unsafe class GemmTile
{
    /// <summary>Maximum number of rows in a tile.</summary>
    public const int MaxRows = 12;

    /// <summary>Steps summed in registers before they are added to the total; chosen to keep gradients as accurate as possible.</summary>
    public const int ChainSteps = 64;

    /// <summary>The same for scoring only; the depths of most networks are multiples or divisors of it.</summary>
    public const int LongChainSteps = 192;

    /// <summary>Floats of a cache line.</summary>
    public const int LineFloats = 16;

    /// <summary>Rows of the next tile when this many are left: 13 and 14 rows are faster as two tiles of about equal size than as 12 and single rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RowsOf<TLanes>(int rows) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (TLanes.HasWideRegisterFile && rows >= 7) return rows >= 12 && rows is not (13 or 14) ? 12 : 7;
        return rows >= 6 ? 6 : rows >= 3 ? 3 : 1;
    }

    /// <summary>
    /// Rows per block when rows are split into about this many blocks: equal blocks if each thread has one or two, so that no thread waits for another;
    /// otherwise whole tiles, so that only the last block has a remainder.
    /// </summary>
    public static int BlockRows(int rows, int blocks, int threads)
    {
        int each = (rows + blocks - 1) / blocks;
        return blocks <= 2 * threads ? each : (each + MaxRows - 1) / MaxRows * MaxRows;
    }

    /// <summary>Computes as many of the <paramref name="rows"/> rows as fit in one tile.</summary>
    /// <returns>The number of rows computed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Compute<TLanes>(float* a, nint rowStride, nint stepStride, int rows, float* panel, int depth, float* tile) where TLanes : unmanaged, ILanes<TLanes>
    {
        int computed = RowsOf<TLanes>(rows);
        Compute<TLanes>(a, rowStride, stepStride, computed, panel, depth, ChainSteps, adds: false, tile, panel, aheadStride: 0);
        return computed;
    }

    /// <summary>Computes some steps of a tile.</summary>
    /// <param name="a">The tile's first row, at the first step.</param>
    /// <param name="rowStride">Floats from row to row of a.</param>
    /// <param name="stepStride">Floats from step to step of a.</param>
    /// <param name="rows">Number of rows of the tile, as returned by <see cref="RowsOf"/>.</param>
    /// <param name="panel">The panel at the first step.</param>
    /// <param name="depth">Number of steps.</param>
    /// <param name="chainSteps">Steps of a chain.</param>
    /// <param name="adds">Whether to add to the tile, which holds the sum of earlier steps.</param>
    /// <param name="tile">The sums.</param>
    /// <param name="ahead">Memory that will be read soon and is prefetched into the L2 cache, one line per step; need not be valid.</param>
    /// <param name="aheadStride">Floats from line to line of it; 0 to prefetch nothing.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute<TLanes>(
        float* a, nint rowStride, nint stepStride, int rows, float* panel, int depth, int chainSteps, bool adds, float* tile, float* ahead, nint aheadStride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int first = 0; first < depth; first += chainSteps)
        {
            int steps = Math.Min(chainSteps, depth - first);
            switch (rows)
            {
                case 12: Rows12<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile, ahead, aheadStride); break;
                case 7: Rows7<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile, ahead, aheadStride); break;
                case 6: Rows6<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile, ahead, aheadStride); break;
                case 3: Rows3<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile); break;
                default: Rows1<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile); break;
            }

            adds = true;
            a += steps * stepStride;
            panel += (long)steps * 2 * TLanes.Count;
            ahead += steps * aheadStride;
        }
    }

    /// <summary>Twelve rows: 24 accumulators, two panel registers and one broadcast fit in 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows12<TLanes>(float* a, nint rowStride, nint stepStride, float* panel, int depth, bool adds, float* tile, float* ahead, nint aheadStride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        nint rowStride2 = 2 * rowStride;
        float* a0 = a, a3 = a + (3 * rowStride), a6 = a + (6 * rowStride), a9 = a + (9 * rowStride);
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        TLanes s1 = TLanes.Zero, t1 = TLanes.Zero;
        TLanes s2 = TLanes.Zero, t2 = TLanes.Zero;
        TLanes s3 = TLanes.Zero, t3 = TLanes.Zero;
        TLanes s4 = TLanes.Zero, t4 = TLanes.Zero;
        TLanes s5 = TLanes.Zero, t5 = TLanes.Zero;
        TLanes s6 = TLanes.Zero, t6 = TLanes.Zero;
        TLanes s7 = TLanes.Zero, t7 = TLanes.Zero;
        TLanes s8 = TLanes.Zero, t8 = TLanes.Zero;
        TLanes s9 = TLanes.Zero, t9 = TLanes.Zero;
        TLanes s10 = TLanes.Zero, t10 = TLanes.Zero;
        TLanes s11 = TLanes.Zero, t11 = TLanes.Zero;
        for (int i = 0; i < depth; i++)
        {
            TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
            Fetch(ahead);
            ahead += aheadStride;
            panel += 2 * TLanes.Count;
            var x0 = TLanes.Broadcast(*a0);
            s0 = TLanes.MultiplyAdd(x0, left, s0);
            t0 = TLanes.MultiplyAdd(x0, right, t0);
            var x1 = TLanes.Broadcast(a0[rowStride]);
            s1 = TLanes.MultiplyAdd(x1, left, s1);
            t1 = TLanes.MultiplyAdd(x1, right, t1);
            var x2 = TLanes.Broadcast(a0[rowStride2]);
            s2 = TLanes.MultiplyAdd(x2, left, s2);
            t2 = TLanes.MultiplyAdd(x2, right, t2);
            var x3 = TLanes.Broadcast(*a3);
            s3 = TLanes.MultiplyAdd(x3, left, s3);
            t3 = TLanes.MultiplyAdd(x3, right, t3);
            var x4 = TLanes.Broadcast(a3[rowStride]);
            s4 = TLanes.MultiplyAdd(x4, left, s4);
            t4 = TLanes.MultiplyAdd(x4, right, t4);
            var x5 = TLanes.Broadcast(a3[rowStride2]);
            s5 = TLanes.MultiplyAdd(x5, left, s5);
            t5 = TLanes.MultiplyAdd(x5, right, t5);
            var x6 = TLanes.Broadcast(*a6);
            s6 = TLanes.MultiplyAdd(x6, left, s6);
            t6 = TLanes.MultiplyAdd(x6, right, t6);
            var x7 = TLanes.Broadcast(a6[rowStride]);
            s7 = TLanes.MultiplyAdd(x7, left, s7);
            t7 = TLanes.MultiplyAdd(x7, right, t7);
            var x8 = TLanes.Broadcast(a6[rowStride2]);
            s8 = TLanes.MultiplyAdd(x8, left, s8);
            t8 = TLanes.MultiplyAdd(x8, right, t8);
            var x9 = TLanes.Broadcast(*a9);
            s9 = TLanes.MultiplyAdd(x9, left, s9);
            t9 = TLanes.MultiplyAdd(x9, right, t9);
            var x10 = TLanes.Broadcast(a9[rowStride]);
            s10 = TLanes.MultiplyAdd(x10, left, s10);
            t10 = TLanes.MultiplyAdd(x10, right, t10);
            var x11 = TLanes.Broadcast(a9[rowStride2]);
            s11 = TLanes.MultiplyAdd(x11, left, s11);
            t11 = TLanes.MultiplyAdd(x11, right, t11);
            a0 += stepStride;
            a3 += stepStride;
            a6 += stepStride;
            a9 += stepStride;
        }

        if (adds)
        {
            s0 += TLanes.Load(tile + (0 * TLanes.Count));
            t0 += TLanes.Load(tile + (1 * TLanes.Count));
            s1 += TLanes.Load(tile + (2 * TLanes.Count));
            t1 += TLanes.Load(tile + (3 * TLanes.Count));
            s2 += TLanes.Load(tile + (4 * TLanes.Count));
            t2 += TLanes.Load(tile + (5 * TLanes.Count));
            s3 += TLanes.Load(tile + (6 * TLanes.Count));
            t3 += TLanes.Load(tile + (7 * TLanes.Count));
            s4 += TLanes.Load(tile + (8 * TLanes.Count));
            t4 += TLanes.Load(tile + (9 * TLanes.Count));
            s5 += TLanes.Load(tile + (10 * TLanes.Count));
            t5 += TLanes.Load(tile + (11 * TLanes.Count));
            s6 += TLanes.Load(tile + (12 * TLanes.Count));
            t6 += TLanes.Load(tile + (13 * TLanes.Count));
            s7 += TLanes.Load(tile + (14 * TLanes.Count));
            t7 += TLanes.Load(tile + (15 * TLanes.Count));
            s8 += TLanes.Load(tile + (16 * TLanes.Count));
            t8 += TLanes.Load(tile + (17 * TLanes.Count));
            s9 += TLanes.Load(tile + (18 * TLanes.Count));
            t9 += TLanes.Load(tile + (19 * TLanes.Count));
            s10 += TLanes.Load(tile + (20 * TLanes.Count));
            t10 += TLanes.Load(tile + (21 * TLanes.Count));
            s11 += TLanes.Load(tile + (22 * TLanes.Count));
            t11 += TLanes.Load(tile + (23 * TLanes.Count));
        }

        s0.Store(tile + (0 * TLanes.Count));
        t0.Store(tile + (1 * TLanes.Count));
        s1.Store(tile + (2 * TLanes.Count));
        t1.Store(tile + (3 * TLanes.Count));
        s2.Store(tile + (4 * TLanes.Count));
        t2.Store(tile + (5 * TLanes.Count));
        s3.Store(tile + (6 * TLanes.Count));
        t3.Store(tile + (7 * TLanes.Count));
        s4.Store(tile + (8 * TLanes.Count));
        t4.Store(tile + (9 * TLanes.Count));
        s5.Store(tile + (10 * TLanes.Count));
        t5.Store(tile + (11 * TLanes.Count));
        s6.Store(tile + (12 * TLanes.Count));
        t6.Store(tile + (13 * TLanes.Count));
        s7.Store(tile + (14 * TLanes.Count));
        t7.Store(tile + (15 * TLanes.Count));
        s8.Store(tile + (16 * TLanes.Count));
        t8.Store(tile + (17 * TLanes.Count));
        s9.Store(tile + (18 * TLanes.Count));
        t9.Store(tile + (19 * TLanes.Count));
        s10.Store(tile + (20 * TLanes.Count));
        t10.Store(tile + (21 * TLanes.Count));
        s11.Store(tile + (22 * TLanes.Count));
        t11.Store(tile + (23 * TLanes.Count));
    }

    /// <summary>Seven rows: a remainder of twelve on machines with 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows7<TLanes>(float* a, nint rowStride, nint stepStride, float* panel, int depth, bool adds, float* tile, float* ahead, nint aheadStride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        nint rowStride2 = 2 * rowStride;
        float* a0 = a, a3 = a + (3 * rowStride), a6 = a + (6 * rowStride);
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        TLanes s1 = TLanes.Zero, t1 = TLanes.Zero;
        TLanes s2 = TLanes.Zero, t2 = TLanes.Zero;
        TLanes s3 = TLanes.Zero, t3 = TLanes.Zero;
        TLanes s4 = TLanes.Zero, t4 = TLanes.Zero;
        TLanes s5 = TLanes.Zero, t5 = TLanes.Zero;
        TLanes s6 = TLanes.Zero, t6 = TLanes.Zero;
        for (int i = 0; i < depth; i++)
        {
            TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
            Fetch(ahead);
            ahead += aheadStride;
            panel += 2 * TLanes.Count;
            var x0 = TLanes.Broadcast(*a0);
            s0 = TLanes.MultiplyAdd(x0, left, s0);
            t0 = TLanes.MultiplyAdd(x0, right, t0);
            var x1 = TLanes.Broadcast(a0[rowStride]);
            s1 = TLanes.MultiplyAdd(x1, left, s1);
            t1 = TLanes.MultiplyAdd(x1, right, t1);
            var x2 = TLanes.Broadcast(a0[rowStride2]);
            s2 = TLanes.MultiplyAdd(x2, left, s2);
            t2 = TLanes.MultiplyAdd(x2, right, t2);
            var x3 = TLanes.Broadcast(*a3);
            s3 = TLanes.MultiplyAdd(x3, left, s3);
            t3 = TLanes.MultiplyAdd(x3, right, t3);
            var x4 = TLanes.Broadcast(a3[rowStride]);
            s4 = TLanes.MultiplyAdd(x4, left, s4);
            t4 = TLanes.MultiplyAdd(x4, right, t4);
            var x5 = TLanes.Broadcast(a3[rowStride2]);
            s5 = TLanes.MultiplyAdd(x5, left, s5);
            t5 = TLanes.MultiplyAdd(x5, right, t5);
            var x6 = TLanes.Broadcast(*a6);
            s6 = TLanes.MultiplyAdd(x6, left, s6);
            t6 = TLanes.MultiplyAdd(x6, right, t6);
            a0 += stepStride;
            a3 += stepStride;
            a6 += stepStride;
        }

        if (adds)
        {
            s0 += TLanes.Load(tile + (0 * TLanes.Count));
            t0 += TLanes.Load(tile + (1 * TLanes.Count));
            s1 += TLanes.Load(tile + (2 * TLanes.Count));
            t1 += TLanes.Load(tile + (3 * TLanes.Count));
            s2 += TLanes.Load(tile + (4 * TLanes.Count));
            t2 += TLanes.Load(tile + (5 * TLanes.Count));
            s3 += TLanes.Load(tile + (6 * TLanes.Count));
            t3 += TLanes.Load(tile + (7 * TLanes.Count));
            s4 += TLanes.Load(tile + (8 * TLanes.Count));
            t4 += TLanes.Load(tile + (9 * TLanes.Count));
            s5 += TLanes.Load(tile + (10 * TLanes.Count));
            t5 += TLanes.Load(tile + (11 * TLanes.Count));
            s6 += TLanes.Load(tile + (12 * TLanes.Count));
            t6 += TLanes.Load(tile + (13 * TLanes.Count));
        }

        s0.Store(tile + (0 * TLanes.Count));
        t0.Store(tile + (1 * TLanes.Count));
        s1.Store(tile + (2 * TLanes.Count));
        t1.Store(tile + (3 * TLanes.Count));
        s2.Store(tile + (4 * TLanes.Count));
        t2.Store(tile + (5 * TLanes.Count));
        s3.Store(tile + (6 * TLanes.Count));
        t3.Store(tile + (7 * TLanes.Count));
        s4.Store(tile + (8 * TLanes.Count));
        t4.Store(tile + (9 * TLanes.Count));
        s5.Store(tile + (10 * TLanes.Count));
        t5.Store(tile + (11 * TLanes.Count));
        s6.Store(tile + (12 * TLanes.Count));
        t6.Store(tile + (13 * TLanes.Count));
    }

    /// <summary>Six rows: 12 accumulators on machines with 16 registers, and a remainder of twelve.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows6<TLanes>(float* a, nint rowStride, nint stepStride, float* panel, int depth, bool adds, float* tile, float* ahead, nint aheadStride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        nint rowStride2 = 2 * rowStride;
        float* a0 = a, a3 = a + (3 * rowStride);
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        TLanes s1 = TLanes.Zero, t1 = TLanes.Zero;
        TLanes s2 = TLanes.Zero, t2 = TLanes.Zero;
        TLanes s3 = TLanes.Zero, t3 = TLanes.Zero;
        TLanes s4 = TLanes.Zero, t4 = TLanes.Zero;
        TLanes s5 = TLanes.Zero, t5 = TLanes.Zero;
        for (int i = 0; i < depth; i++)
        {
            TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
            Fetch(ahead);
            ahead += aheadStride;
            panel += 2 * TLanes.Count;
            var x0 = TLanes.Broadcast(*a0);
            s0 = TLanes.MultiplyAdd(x0, left, s0);
            t0 = TLanes.MultiplyAdd(x0, right, t0);
            var x1 = TLanes.Broadcast(a0[rowStride]);
            s1 = TLanes.MultiplyAdd(x1, left, s1);
            t1 = TLanes.MultiplyAdd(x1, right, t1);
            var x2 = TLanes.Broadcast(a0[rowStride2]);
            s2 = TLanes.MultiplyAdd(x2, left, s2);
            t2 = TLanes.MultiplyAdd(x2, right, t2);
            var x3 = TLanes.Broadcast(*a3);
            s3 = TLanes.MultiplyAdd(x3, left, s3);
            t3 = TLanes.MultiplyAdd(x3, right, t3);
            var x4 = TLanes.Broadcast(a3[rowStride]);
            s4 = TLanes.MultiplyAdd(x4, left, s4);
            t4 = TLanes.MultiplyAdd(x4, right, t4);
            var x5 = TLanes.Broadcast(a3[rowStride2]);
            s5 = TLanes.MultiplyAdd(x5, left, s5);
            t5 = TLanes.MultiplyAdd(x5, right, t5);
            a0 += stepStride;
            a3 += stepStride;
        }

        if (adds)
        {
            s0 += TLanes.Load(tile + (0 * TLanes.Count));
            t0 += TLanes.Load(tile + (1 * TLanes.Count));
            s1 += TLanes.Load(tile + (2 * TLanes.Count));
            t1 += TLanes.Load(tile + (3 * TLanes.Count));
            s2 += TLanes.Load(tile + (4 * TLanes.Count));
            t2 += TLanes.Load(tile + (5 * TLanes.Count));
            s3 += TLanes.Load(tile + (6 * TLanes.Count));
            t3 += TLanes.Load(tile + (7 * TLanes.Count));
            s4 += TLanes.Load(tile + (8 * TLanes.Count));
            t4 += TLanes.Load(tile + (9 * TLanes.Count));
            s5 += TLanes.Load(tile + (10 * TLanes.Count));
            t5 += TLanes.Load(tile + (11 * TLanes.Count));
        }

        s0.Store(tile + (0 * TLanes.Count));
        t0.Store(tile + (1 * TLanes.Count));
        s1.Store(tile + (2 * TLanes.Count));
        t1.Store(tile + (3 * TLanes.Count));
        s2.Store(tile + (4 * TLanes.Count));
        t2.Store(tile + (5 * TLanes.Count));
        s3.Store(tile + (6 * TLanes.Count));
        t3.Store(tile + (7 * TLanes.Count));
        s4.Store(tile + (8 * TLanes.Count));
        t4.Store(tile + (9 * TLanes.Count));
        s5.Store(tile + (10 * TLanes.Count));
        t5.Store(tile + (11 * TLanes.Count));
    }

    /// <summary>Three rows of a remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows3<TLanes>(float* a, nint rowStride, nint stepStride, float* panel, int depth, bool adds, float* tile) where TLanes : unmanaged, ILanes<TLanes>
    {
        nint rowStride2 = 2 * rowStride;
        float* a0 = a;
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        TLanes s1 = TLanes.Zero, t1 = TLanes.Zero;
        TLanes s2 = TLanes.Zero, t2 = TLanes.Zero;
        for (int i = 0; i < depth; i++)
        {
            TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
            panel += 2 * TLanes.Count;
            var x0 = TLanes.Broadcast(*a0);
            s0 = TLanes.MultiplyAdd(x0, left, s0);
            t0 = TLanes.MultiplyAdd(x0, right, t0);
            var x1 = TLanes.Broadcast(a0[rowStride]);
            s1 = TLanes.MultiplyAdd(x1, left, s1);
            t1 = TLanes.MultiplyAdd(x1, right, t1);
            var x2 = TLanes.Broadcast(a0[rowStride2]);
            s2 = TLanes.MultiplyAdd(x2, left, s2);
            t2 = TLanes.MultiplyAdd(x2, right, t2);
            a0 += stepStride;
        }

        if (adds)
        {
            s0 += TLanes.Load(tile + (0 * TLanes.Count));
            t0 += TLanes.Load(tile + (1 * TLanes.Count));
            s1 += TLanes.Load(tile + (2 * TLanes.Count));
            t1 += TLanes.Load(tile + (3 * TLanes.Count));
            s2 += TLanes.Load(tile + (4 * TLanes.Count));
            t2 += TLanes.Load(tile + (5 * TLanes.Count));
        }

        s0.Store(tile + (0 * TLanes.Count));
        t0.Store(tile + (1 * TLanes.Count));
        s1.Store(tile + (2 * TLanes.Count));
        t1.Store(tile + (3 * TLanes.Count));
        s2.Store(tile + (4 * TLanes.Count));
        t2.Store(tile + (5 * TLanes.Count));
    }

    /// <summary>A single row of a remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1<TLanes>(float* a, nint rowStride, nint stepStride, float* panel, int depth, bool adds, float* tile) where TLanes : unmanaged, ILanes<TLanes>
    {
        float* a0 = a;
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        for (int i = 0; i < depth; i++)
        {
            TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
            panel += 2 * TLanes.Count;
            var x0 = TLanes.Broadcast(*a0);
            s0 = TLanes.MultiplyAdd(x0, left, s0);
            t0 = TLanes.MultiplyAdd(x0, right, t0);
            a0 += stepStride;
        }

        if (adds)
        {
            s0 += TLanes.Load(tile + (0 * TLanes.Count));
            t0 += TLanes.Load(tile + (1 * TLanes.Count));
        }

        s0.Store(tile + (0 * TLanes.Count));
        t0.Store(tile + (1 * TLanes.Count));
    }

    // Into the L2 cache: L1 is full of the data in use.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* line)
    {
        if (Sse.IsSupported) Sse.Prefetch1(line);
    }
}
