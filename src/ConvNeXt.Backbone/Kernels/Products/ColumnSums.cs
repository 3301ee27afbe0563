using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// Gradient of a bias: dbias[c] += sum over rows of dy[row, c]. dy: [rows, columns]; dbias: [columns], added to.
/// <para>Threads: one item is a chunk of rows (<see cref="RowChunks"/>) and computes a partial sum; the partial sums are added in the order of the
/// chunks.</para>
/// </summary>
internal static unsafe class ColumnSums
{
    /// <summary>Floats of the partial sums.</summary>
    public static long PartialFloats(int rows, int columns) => RowChunks.Count(rows) * (long)columns;

    public static void Accumulate<TLanes>(WorkerTeam team, float* dy, int rows, int columns, float* partials, float* gradient) where TLanes : unmanaged, ILanes<TLanes>
    {
        int chunks = RowChunks.Count(rows);
        team.Run(new SumTask<TLanes> { Dy = dy, RowCount = rows, Columns = columns, Partials = partials }, chunks);
        RowChunks.AddInOrder<TLanes>(team, partials, chunks, columns, columns, gradient);
    }

    private struct SumTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Dy;
        public int RowCount;
        public int Columns;
        public float* Partials;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            float* dy = Dy + ((long)item * RowChunks.Rows * Columns), partial = Partials + ((long)item * Columns);
            int rows = RowChunks.RowsOf(item, RowCount);
            new Span<float>(partial, Columns).Clear();
            for (int row = 0; row < rows; row++, dy += Columns)
                for (int c = 0; c < Columns; c += TLanes.Count)
                    (TLanes.LoadUpTo(partial + c, Columns - c) + TLanes.LoadUpTo(dy + c, Columns - c)).StoreUpTo(partial + c, Columns - c);
        }
    }
}
