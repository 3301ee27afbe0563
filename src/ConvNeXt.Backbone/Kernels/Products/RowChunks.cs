using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// The fixed split of rows into chunks for sums over rows: a partial sum per chunk, and then the partial sums added in order. It does not depend on the number
/// of threads.
/// </summary>
internal static unsafe class RowChunks
{
    /// <summary>Rows per chunk; the last one may be shorter.</summary>
    public const int Rows = 64;

    public static int Count(int rows) => (rows + Rows - 1) / Rows;

    /// <summary>Number of rows in a chunk.</summary>
    public static int RowsOf(int chunk, int rows) => Math.Min(Rows, rows - (chunk * Rows));

    /// <summary>target[c] += sum over chunks of partials[chunk * stride + c], in order, for c below <paramref name="columns"/>.</summary>
    public static void AddInOrder<TLanes>(WorkerTeam team, float* partials, int chunks, long stride, int columns, float* target) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(
            new AddTask<TLanes> { Partials = partials, Chunks = chunks, Stride = stride, Columns = columns, Target = target },
            (columns + TLanes.Count - 1) / TLanes.Count);

    private struct AddTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Partials;
        public int Chunks;
        public long Stride;
        public int Columns;
        public float* Target;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int column = item * TLanes.Count, left = Columns - column;
            var sum = TLanes.Zero;
            for (int chunk = 0; chunk < Chunks; chunk++) sum += TLanes.LoadUpTo(Partials + (chunk * Stride) + column, left);
            (TLanes.LoadUpTo(Target + column, left) + sum).StoreUpTo(Target + column, left);
        }
    }
}
