using System.Runtime.CompilerServices;
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

    /// <summary>
    /// Rows of the next tile when this many are left. With 32 registers, 13 and 14 rows are faster as two tiles of about equal size than as 12 and one or two.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RowsOf<TLanes>(int rows) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (TLanes.HasWideRegisterFile && rows >= 7) return rows >= 12 && rows is not (13 or 14) ? 12 : 7;
        return NarrowTile.RowsOf(rows);
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
            if (TLanes.HasWideRegisterFile && rows == 12) WideTile.Rows12<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile, ahead, aheadStride);
            else if (TLanes.HasWideRegisterFile && rows == 7) WideTile.Rows7<TLanes>(a, rowStride, stepStride, panel, steps, adds, tile, ahead, aheadStride);
            else NarrowTile.Compute<TLanes>((int*)a, rowStride, stepStride, rows, (int*)panel, steps, adds, (int*)tile);
            adds = true;
            a += steps * stepStride;
            panel += (long)steps * 2 * TLanes.Count;
            ahead += steps * aheadStride;
        }
    }
}
