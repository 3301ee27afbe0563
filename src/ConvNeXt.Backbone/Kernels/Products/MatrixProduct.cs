using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// The loops around <see cref="GemmTile"/>: product[r, o] = sum over i of a[r, i] * w[o, i]. Each finished tile is passed to an epilogue, which stores it.
/// <para>a: [rows, depth], row-major with a stride; w: <see cref="Panels"/> of [outputs, depth].</para>
/// <para>Threads: the product is split into blocks of rows and groups of panels. Every element is computed by one item from beginning to end, so that the split
/// changes no bit.</para>
/// </summary>
internal static unsafe class MatrixProduct
{
    /// <summary>Floats of a that stay in the L2 cache while panels are read.</summary>
    private const int CachedFloats = 96 * 1024;

    /// <summary>Computes the product of a and the panels and passes it to the epilogue.</summary>
    public static void Run<TLanes, TEpilogue>(
        WorkerTeam team, float* a, nint stride, int rows, float* panels, int depth, int outputs, in TEpilogue epilogue, int chainSteps = GemmTile.ChainSteps)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        int panelCount = Panels.Count<TLanes>(outputs);
        int blockRows = Math.Clamp(CachedFloats / depth, 2 * GemmTile.MaxRows, 16 * GemmTile.MaxRows) / GemmTile.MaxRows * GemmTile.MaxRows;
        var blocks = ProductBlocks.Create(rows, blockRows, panelCount, team.ThreadCount);
        var task = new ProductTask<TLanes, TEpilogue>
        {
            A = a,
            Stride = stride,
            Rows = rows,
            PanelMemory = panels,
            Depth = depth,
            Outputs = outputs,
            BlockRows = blocks.Rows,
            Groups = blocks.Groups,
            GroupPanels = blocks.Panels,
            Epilogue = epilogue,
            ChainSteps = chainSteps,
        };
        team.Run(in task, blocks.Count);
    }

    /// <summary>Multiplies a block of rows by a range of panels, on the calling thread.</summary>
    /// <param name="a">The first row of the block.</param>
    /// <param name="stride">Floats from row to row of a.</param>
    /// <param name="firstRow">Number of the first row for the epilogue.</param>
    /// <param name="rows">Rows in the block.</param>
    /// <param name="panels">All panels of the matrix.</param>
    /// <param name="depth">Columns of a.</param>
    /// <param name="outputs">Columns of the whole product.</param>
    /// <param name="firstPanel">First panel of the range.</param>
    /// <param name="endPanel">End of the range.</param>
    /// <param name="epilogue">Receives the sums.</param>
    /// <param name="chainSteps">Steps of a chain.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Block<TLanes, TEpilogue>(
        float* a, nint stride, int firstRow, int rows, float* panels, int depth, int outputs, int firstPanel, int endPanel, in TEpilogue epilogue, int chainSteps)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        int width = 2 * TLanes.Count;
        int partSteps = PartSteps<TLanes>() / chainSteps * chainSteps;
        bool isOnePart = depth <= partSteps;
        int together = isOnePart ? rows : TogetherRows<TLanes>();
        float* sums = stackalloc float[TogetherRows<TLanes>() * 2 * TLanes.Count];
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            float* source = panels + ((long)panel * depth * width);
            int column = panel * width, valid = outputs - column;
            for (int firstOfSome = 0; firstOfSome < rows; firstOfSome += together)
            {
                int some = Math.Min(together, rows - firstOfSome);
                float* left = a + (firstOfSome * stride);
                for (int step = 0; step < depth; step += partSteps)
                {
                    // The first tiles of a part prefetch the next part, or the first one of the next panel, which follows it in memory.
                    int steps = Math.Min(partSteps, depth - step);
                    float* right = source + ((long)step * width), ahead = right + ((long)steps * width), aheadEnd = ahead + ((long)steps * width);
                    for (int row = 0; row < some;)
                    {
                        int computed = GemmTile.RowsOf<TLanes>(some - row);
                        nint aheadStride = ahead < aheadEnd ? GemmTile.LineFloats : 0;
                        float* tile = isOnePart ? sums : sums + (row * width);
                        GemmTile.Compute<TLanes>(left + (row * stride) + step, stride, 1, computed, right, steps, chainSteps, step > 0, tile, ahead, aheadStride);
                        ahead += steps * aheadStride;
                        if (step + steps == depth) Finish<TLanes, TEpilogue>(tile, computed, firstRow + firstOfSome + row, column, valid, in epilogue);
                        row += computed;
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TLanes, TEpilogue>(float* sums, int rows, int firstRow, int column, int valid, in TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        if (valid >= 2 * TLanes.Count)
        {
            epilogue.FinishTile(sums, rows, firstRow, column);
            return;
        }

        for (int row = firstRow; row < firstRow + rows; row++, sums += 2 * TLanes.Count)
        {
            epilogue.Finish(TLanes.Load(sums), row, column, valid);
            if (valid > TLanes.Count) epilogue.Finish(TLanes.Load(sums + TLanes.Count), row, column + TLanes.Count, valid - TLanes.Count);
        }
    }

    /// <summary>
    /// Steps of a panel that are multiplied by <see cref="TogetherRows{TLanes}"/> rows before the next ones. The narrow tiles read more of a panel for each
    /// multiply-add, so theirs stay in half of an L1 cache, which another program may share.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PartSteps<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => TLanes.HasWideRegisterFile ? 768 : 192;

    /// <summary>Rows that are processed together, whose sums stay in the L1 cache too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TogetherRows<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => (TLanes.HasWideRegisterFile ? 8 : 4) * GemmTile.MaxRows;

    /// <summary>Plain loops: product[r, o] = sum over i of a[r, i] * w[o, i], summed in double.</summary>
    public static void Reference(ReadOnlySpan<float> a, ReadOnlySpan<float> w, int rows, int depth, int outputs, Span<double> product)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int o = 0; o < outputs; o++)
            {
                double sum = 0;
                for (int i = 0; i < depth; i++) sum += (double)a[(r * depth) + i] * w[(o * depth) + i];
                product[(r * outputs) + o] = sum;
            }
        }
    }

    private struct ProductTask<TLanes, TEpilogue> : IParallelTask
        where TLanes : unmanaged, ILanes<TLanes>
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        public float* A;
        public nint Stride;
        public int Rows;
        public float* PanelMemory;
        public int Depth;
        public int Outputs;
        public int BlockRows;
        public int Groups;
        public int GroupPanels;
        public TEpilogue Epilogue;
        public int ChainSteps;

        public void Run(int item, int worker)
        {
            int firstRow = item / Groups * BlockRows, firstPanel = item % Groups * GroupPanels;
            int endPanel = Math.Min(firstPanel + GroupPanels, Panels.Count<TLanes>(Outputs));
            Block<TLanes, TEpilogue>(
                A + (firstRow * Stride), Stride, firstRow, Math.Min(BlockRows, Rows - firstRow), PanelMemory, Depth, Outputs, firstPanel, endPanel, in Epilogue, ChainSteps);
        }
    }
}
