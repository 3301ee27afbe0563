using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// The tiles of <see cref="GemmTile"/> on machines with 32 vector registers. Each step also prefetches a line of memory that is read soon; the parameters are
/// those of <see cref="GemmTile.Compute{TLanes}(float*, nint, nint, int, float*, int, int, bool, float*, float*, nint)"/>.
/// </summary>
internal static unsafe class WideTile
{
    /// <summary>Twelve rows: 24 accumulators, two panel registers and one broadcast fit in 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows12<TLanes>(float* a, nint rowStride, nint stepStride, float* panel, int depth, bool adds, float* tile, float* ahead, nint aheadStride)
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
    public static void Rows7<TLanes>(float* a, nint rowStride, nint stepStride, float* panel, int depth, bool adds, float* tile, float* ahead, nint aheadStride)
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

    // Into the L2 cache: L1 is full of the data in use.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* line)
    {
        if (Sse.IsSupported) Sse.Prefetch1(line);
    }
}
