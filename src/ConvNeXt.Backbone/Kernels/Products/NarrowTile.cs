using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// The register tiles of products on machines with 16 vector registers, and of all products of 8-bit integers: tile[r, j] = sum over i of a[r, i] * panel[i, j],
/// in ascending order of i.
/// <para>a: any matrix given by two strides, from one row r to the next and from one step i to the next; panel: [steps, 2 registers], contiguous; tile: [rows, 2
/// registers], contiguous. Elements have 32 bits: a float, or a group of small integers.</para>
/// <para>The loops of tiles of four rows and more take <see cref="Unrolled"/> steps at a time. A step has at most 12 multiply-adds, and an x86 processor issues
/// them with everything else at 4 to 6 instructions per cycle, shared with a second program on the same core: counting and moving pointers in each step cost up
/// to a third of the rate.</para>
/// </summary>
internal static unsafe class NarrowTile
{
    /// <summary>Maximum number of rows in a tile.</summary>
    public const int MaxRows = 6;

    /// <summary>Steps of a turn of the loop.</summary>
    private const int Unrolled = 4;

    /// <summary>
    /// Rows of the next tile when this many are left. Remainders are divided into tiles of about equal size, since a tile of under four rows leaves multiply-add
    /// units idle.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RowsOf(int rows) => rows <= MaxRows ? rows : rows switch { 7 or 8 => 4, 9 or 13 => 5, _ => MaxRows };

    /// <summary>Computes some steps of a tile.</summary>
    /// <param name="a">The tile's first row, at the first step.</param>
    /// <param name="rowStride">Elements from row to row of a.</param>
    /// <param name="stepStride">Elements from step to step of a.</param>
    /// <param name="rows">Number of rows, as returned by <see cref="RowsOf"/>.</param>
    /// <param name="panel">The panel at the first step.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="adds">Whether to add to the tile, which holds the sum of earlier steps.</param>
    /// <param name="tile">The sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute<TLanes>(int* a, nint rowStride, nint stepStride, int rows, int* panel, int steps, bool adds, int* tile)
        where TLanes : unmanaged, ITileLanes<TLanes>
    {
        switch (rows)
        {
            case 6: Rows6<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile); break;
            case 5: Rows5<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile); break;
            case 4: Rows4<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile); break;
            case 3: Rows3<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile); break;
            case 2: Rows2<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile); break;
            default: Rows1<TLanes>(a, stepStride, panel, steps, adds, tile); break;
        }
    }

    /// <summary>Six rows: 12 sums, two panel registers, a broadcast and a product fit in 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows6<TLanes>(int* a, nint rowStride, nint stepStride, int* panel, int steps, bool adds, int* tile) where TLanes : unmanaged, ITileLanes<TLanes>
    {
        int* b = a + (3 * rowStride);
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        TLanes s1 = TLanes.Zero, t1 = TLanes.Zero;
        TLanes s2 = TLanes.Zero, t2 = TLanes.Zero;
        TLanes s3 = TLanes.Zero, t3 = TLanes.Zero;
        TLanes s4 = TLanes.Zero, t4 = TLanes.Zero;
        TLanes s5 = TLanes.Zero, t5 = TLanes.Zero;
        int step = 0;
        for (; step <= steps - Unrolled; step += Unrolled)
        {
            Step(a, b, rowStride, panel, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            a += stepStride;
            b += stepStride;
            Step(a, b, rowStride, panel + (2 * TLanes.Count), ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            a += stepStride;
            b += stepStride;
            Step(a, b, rowStride, panel + (4 * TLanes.Count), ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            a += stepStride;
            b += stepStride;
            Step(a, b, rowStride, panel + (6 * TLanes.Count), ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            a += stepStride;
            b += stepStride;
            panel += Unrolled * 2 * TLanes.Count;
        }

        for (; step < steps; step++)
        {
            Step(a, b, rowStride, panel, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4, ref s5, ref t5);
            a += stepStride;
            b += stepStride;
            panel += 2 * TLanes.Count;
        }

        Store(s0, t0, adds, tile);
        Store(s1, t1, adds, tile + (2 * TLanes.Count));
        Store(s2, t2, adds, tile + (4 * TLanes.Count));
        Store(s3, t3, adds, tile + (6 * TLanes.Count));
        Store(s4, t4, adds, tile + (8 * TLanes.Count));
        Store(s5, t5, adds, tile + (10 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes>(
        int* a, int* b, nint rowStride, int* panel,
        ref TLanes s0, ref TLanes t0, ref TLanes s1, ref TLanes t1, ref TLanes s2, ref TLanes t2, ref TLanes s3, ref TLanes t3, ref TLanes s4, ref TLanes t4, ref TLanes s5, ref TLanes t5)
        where TLanes : unmanaged, ITileLanes<TLanes>
    {
        TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
        Row(a, left, right, ref s0, ref t0);
        Row(a + rowStride, left, right, ref s1, ref t1);
        Row(a + (2 * rowStride), left, right, ref s2, ref t2);
        Row(b, left, right, ref s3, ref t3);
        Row(b + rowStride, left, right, ref s4, ref t4);
        Row(b + (2 * rowStride), left, right, ref s5, ref t5);
    }

    /// <summary>Five rows of a remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows5<TLanes>(int* a, nint rowStride, nint stepStride, int* panel, int steps, bool adds, int* tile) where TLanes : unmanaged, ITileLanes<TLanes>
    {
        int* b = a + (3 * rowStride);
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        TLanes s1 = TLanes.Zero, t1 = TLanes.Zero;
        TLanes s2 = TLanes.Zero, t2 = TLanes.Zero;
        TLanes s3 = TLanes.Zero, t3 = TLanes.Zero;
        TLanes s4 = TLanes.Zero, t4 = TLanes.Zero;
        int step = 0;
        for (; step <= steps - Unrolled; step += Unrolled)
        {
            Step(a, b, rowStride, panel, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4);
            a += stepStride;
            b += stepStride;
            Step(a, b, rowStride, panel + (2 * TLanes.Count), ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4);
            a += stepStride;
            b += stepStride;
            Step(a, b, rowStride, panel + (4 * TLanes.Count), ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4);
            a += stepStride;
            b += stepStride;
            Step(a, b, rowStride, panel + (6 * TLanes.Count), ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4);
            a += stepStride;
            b += stepStride;
            panel += Unrolled * 2 * TLanes.Count;
        }

        for (; step < steps; step++)
        {
            Step(a, b, rowStride, panel, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3, ref s4, ref t4);
            a += stepStride;
            b += stepStride;
            panel += 2 * TLanes.Count;
        }

        Store(s0, t0, adds, tile);
        Store(s1, t1, adds, tile + (2 * TLanes.Count));
        Store(s2, t2, adds, tile + (4 * TLanes.Count));
        Store(s3, t3, adds, tile + (6 * TLanes.Count));
        Store(s4, t4, adds, tile + (8 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes>(
        int* a, int* b, nint rowStride, int* panel, ref TLanes s0, ref TLanes t0, ref TLanes s1, ref TLanes t1, ref TLanes s2, ref TLanes t2, ref TLanes s3, ref TLanes t3, ref TLanes s4, ref TLanes t4)
        where TLanes : unmanaged, ITileLanes<TLanes>
    {
        TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
        Row(a, left, right, ref s0, ref t0);
        Row(a + rowStride, left, right, ref s1, ref t1);
        Row(a + (2 * rowStride), left, right, ref s2, ref t2);
        Row(b, left, right, ref s3, ref t3);
        Row(b + rowStride, left, right, ref s4, ref t4);
    }

    /// <summary>Four rows of a remainder, the fewest that keep both multiply-add units busy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4<TLanes>(int* a, nint rowStride, nint stepStride, int* panel, int steps, bool adds, int* tile) where TLanes : unmanaged, ITileLanes<TLanes>
    {
        int* b = a + (3 * rowStride);
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        TLanes s1 = TLanes.Zero, t1 = TLanes.Zero;
        TLanes s2 = TLanes.Zero, t2 = TLanes.Zero;
        TLanes s3 = TLanes.Zero, t3 = TLanes.Zero;
        int step = 0;
        for (; step <= steps - Unrolled; step += Unrolled)
        {
            Step(a, b, rowStride, panel, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3);
            a += stepStride;
            b += stepStride;
            Step(a, b, rowStride, panel + (2 * TLanes.Count), ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3);
            a += stepStride;
            b += stepStride;
            Step(a, b, rowStride, panel + (4 * TLanes.Count), ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3);
            a += stepStride;
            b += stepStride;
            Step(a, b, rowStride, panel + (6 * TLanes.Count), ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3);
            a += stepStride;
            b += stepStride;
            panel += Unrolled * 2 * TLanes.Count;
        }

        for (; step < steps; step++)
        {
            Step(a, b, rowStride, panel, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2, ref s3, ref t3);
            a += stepStride;
            b += stepStride;
            panel += 2 * TLanes.Count;
        }

        Store(s0, t0, adds, tile);
        Store(s1, t1, adds, tile + (2 * TLanes.Count));
        Store(s2, t2, adds, tile + (4 * TLanes.Count));
        Store(s3, t3, adds, tile + (6 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes>(
        int* a, int* b, nint rowStride, int* panel, ref TLanes s0, ref TLanes t0, ref TLanes s1, ref TLanes t1, ref TLanes s2, ref TLanes t2, ref TLanes s3, ref TLanes t3)
        where TLanes : unmanaged, ITileLanes<TLanes>
    {
        TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
        Row(a, left, right, ref s0, ref t0);
        Row(a + rowStride, left, right, ref s1, ref t1);
        Row(a + (2 * rowStride), left, right, ref s2, ref t2);
        Row(b, left, right, ref s3, ref t3);
    }

    /// <summary>Three rows of a remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows3<TLanes>(int* a, nint rowStride, nint stepStride, int* panel, int steps, bool adds, int* tile) where TLanes : unmanaged, ITileLanes<TLanes>
    {
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        TLanes s1 = TLanes.Zero, t1 = TLanes.Zero;
        TLanes s2 = TLanes.Zero, t2 = TLanes.Zero;
        for (int step = 0; step < steps; step++)
        {
            Step(a, rowStride, panel, ref s0, ref t0, ref s1, ref t1, ref s2, ref t2);
            a += stepStride;
            panel += 2 * TLanes.Count;
        }

        Store(s0, t0, adds, tile);
        Store(s1, t1, adds, tile + (2 * TLanes.Count));
        Store(s2, t2, adds, tile + (4 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes>(
        int* a, nint rowStride, int* panel, ref TLanes s0, ref TLanes t0, ref TLanes s1, ref TLanes t1, ref TLanes s2, ref TLanes t2)
        where TLanes : unmanaged, ITileLanes<TLanes>
    {
        TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
        Row(a, left, right, ref s0, ref t0);
        Row(a + rowStride, left, right, ref s1, ref t1);
        Row(a + (2 * rowStride), left, right, ref s2, ref t2);
    }

    /// <summary>Two rows of a remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows2<TLanes>(int* a, nint rowStride, nint stepStride, int* panel, int steps, bool adds, int* tile) where TLanes : unmanaged, ITileLanes<TLanes>
    {
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        TLanes s1 = TLanes.Zero, t1 = TLanes.Zero;
        for (int step = 0; step < steps; step++)
        {
            Step(a, rowStride, panel, ref s0, ref t0, ref s1, ref t1);
            a += stepStride;
            panel += 2 * TLanes.Count;
        }

        Store(s0, t0, adds, tile);
        Store(s1, t1, adds, tile + (2 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes>(
        int* a, nint rowStride, int* panel, ref TLanes s0, ref TLanes t0, ref TLanes s1, ref TLanes t1)
        where TLanes : unmanaged, ITileLanes<TLanes>
    {
        TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
        Row(a, left, right, ref s0, ref t0);
        Row(a + rowStride, left, right, ref s1, ref t1);
    }

    /// <summary>A single row of a remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1<TLanes>(int* a, nint stepStride, int* panel, int steps, bool adds, int* tile) where TLanes : unmanaged, ITileLanes<TLanes>
    {
        TLanes s0 = TLanes.Zero, t0 = TLanes.Zero;
        for (int step = 0; step < steps; step++)
        {
            Step(a, panel, ref s0, ref t0);
            a += stepStride;
            panel += 2 * TLanes.Count;
        }

        Store(s0, t0, adds, tile);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes>(int* a, int* panel, ref TLanes s0, ref TLanes t0) where TLanes : unmanaged, ITileLanes<TLanes>
    {
        TLanes left = TLanes.Load(panel), right = TLanes.Load(panel + TLanes.Count);
        Row(a, left, right, ref s0, ref t0);
    }

    /// <summary>One step of one row. The sums are passed by reference and stay in registers, since this is compiled into the loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<TLanes>(int* a, TLanes left, TLanes right, ref TLanes s, ref TLanes t) where TLanes : unmanaged, ITileLanes<TLanes>
    {
        var x = TLanes.Broadcast(a);
        s = TLanes.MultiplyAdd(x, left, s);
        t = TLanes.MultiplyAdd(x, right, t);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes>(TLanes s, TLanes t, bool adds, int* tile) where TLanes : unmanaged, ITileLanes<TLanes>
    {
        if (adds)
        {
            s += TLanes.Load(tile);
            t += TLanes.Load(tile + TLanes.Count);
        }

        s.Store(tile);
        t.Store(tile + TLanes.Count);
    }
}
