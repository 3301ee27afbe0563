using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>Rows of integers with their ranges, as <see cref="QuantizedRows"/> writes them.</summary>
internal unsafe struct QuantizedOperand
{
    public int* Values;
    public RowRange* Ranges;

    /// <summary>Elements from row to row of the values.</summary>
    public nint Stride;

    /// <summary>Rows in a buffer of <see cref="QuantizedRows.Floats"/> floats: the ranges, then the values.</summary>
    public static QuantizedOperand In<TDot>(float* buffer, int rows, int columns) where TDot : unmanaged, IDotLanes<TDot> => new()
    {
        Ranges = (RowRange*)buffer,
        Values = (int*)buffer + (2L * rows),
        Stride = QuantizedRows.Stride<TDot>(columns),
    };

    /// <summary>The same, starting at a row.</summary>
    public readonly QuantizedOperand From(int row) => new() { Values = Values + (row * Stride), Ranges = Ranges + row, Stride = Stride };
}

/// <summary>
/// The loops around <see cref="NarrowTile"/>: product[r, o] = sum over i of a[r, i] * w[o, i], with both factors rounded to 8-bit integers. With a = s q + m
/// and w = t p, the product is t s (sum of q p) + m t (sum of p); the first sum is exact in 32 bits, and the second is known in advance. The result is
/// passed to an epilogue in float32.
/// <para>Threads: the product is split into blocks of rows and groups of panels. Every element is computed by one item from beginning to end.</para>
/// </summary>
internal static unsafe class QuantizedProduct
{
    /// <summary>The most inputs whose sum of products cannot exceed 32 bits.</summary>
    public const int MaxInputs = int.MaxValue / (255 * QuantizedPanels.Largest);

    private const int CachedElements = 48 * 1024;
    private const int MostBlockRows = 192;

    /// <summary>Steps of a panel that stay in the L1 cache while rows are read.</summary>
    private const int PartSteps = 256;

    /// <summary>Rows that are processed together, whose sums stay in the L1 cache too.</summary>
    private const int TogetherRows = 96;

    /// <summary>Computes the product and passes it to the epilogue.</summary>
    public static void Run<TLanes, TDot, TEpilogue>(WorkerTeam team, in QuantizedOperand a, int rows, in QuantizedWeights weights, in TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        int panelCount = QuantizedPanels.Count<TDot>(weights.Outputs), steps = QuantizedPanels.Steps<TDot>(weights.Inputs);
        int blockRows = Math.Clamp(CachedElements / steps / GemmTile.MaxRows * GemmTile.MaxRows, 2 * GemmTile.MaxRows, MostBlockRows);
        var blocks = ProductBlocks.Create(rows, blockRows, panelCount, team.ThreadCount);
        var task = new ProductTask<TLanes, TDot, TEpilogue>
        {
            A = a,
            Rows = rows,
            Weights = weights,
            BlockRows = blocks.Rows,
            Groups = blocks.Groups,
            GroupPanels = blocks.Panels,
            Epilogue = epilogue,
        };
        team.Run(in task, blocks.Count);
    }

    /// <summary>Multiplies a block of rows by a range of panels, on the calling thread.</summary>
    /// <param name="a">The rows of the block.</param>
    /// <param name="firstRow">Number of the first row for the epilogue.</param>
    /// <param name="rows">Rows in the block.</param>
    /// <param name="weights">All weights of the layer.</param>
    /// <param name="firstPanel">First panel of the range.</param>
    /// <param name="endPanel">End of the range.</param>
    /// <param name="epilogue">Receives the results.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Block<TLanes, TDot, TEpilogue>(
        in QuantizedOperand a, int firstRow, int rows, in QuantizedWeights weights, int firstPanel, int endPanel, in TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        int width = 2 * TDot.Count, depth = QuantizedPanels.Steps<TDot>(weights.Inputs);
        bool isOnePart = depth <= PartSteps;
        int together = isOnePart ? rows : TogetherRows;
        int* sums = stackalloc int[TogetherRows * 2 * TDot.Count];
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            int* source = weights.Panels + ((long)panel * depth * width);
            var ahead = new Prefetch(source + ((long)depth * width), (long)depth * width, panel + 1 < endPanel ? rows : 0);
            for (int first = 0; first < rows; first += together)
            {
                int some = Math.Min(together, rows - first);
                for (int step = 0; step < depth; step += PartSteps)
                {
                    int steps = Math.Min(PartSteps, depth - step);
                    for (int row = 0; row < some;)
                    {
                        int computed = NarrowTile.RowsOf(some - row), at = first + row;
                        if (step == 0) ahead.Next(computed);
                        int* tile = isOnePart ? sums : sums + (row * width);
                        int* right = source + ((long)step * width);
                        NarrowTile.Compute<TDot>(a.Values + (at * a.Stride) + step, a.Stride, 1, computed, right, steps, step > 0, tile);
                        if (step + steps == depth)
                            Finish<TLanes, TDot, TEpilogue>(tile, computed, a.Ranges + at, firstRow + at, in weights, panel * width, in epilogue);
                        row += computed;
                    }
                }
            }
        }
    }

    /// <summary>Plain loops for one element of the product, with the same rounding.</summary>
    /// <param name="q">Integers of the row.</param>
    /// <param name="range">Its range.</param>
    /// <param name="p">Integers of the output's weights.</param>
    /// <param name="scale">Scale of the output.</param>
    public static float Reference(ReadOnlySpan<byte> q, RowRange range, ReadOnlySpan<sbyte> p, float scale)
    {
        int sum = 0, weightSum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            sum += q[i] * p[i];
            weightSum += p[i];
        }

        return MathF.FusedMultiplyAdd(scale * range.Scale, sum, scale * weightSum * range.Offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TLanes, TDot, TEpilogue>(
        int* sums, int rows, RowRange* ranges, int firstRow, in QuantizedWeights weights, int column, in TEpilogue epilogue)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        int width = 2 * TDot.Count, valid = weights.Outputs - column;
        float* scales = weights.Scales + column, scaledSums = weights.ScaledSums + column;
        bool isWhole = TLanes.Count == TDot.Count && valid >= width;
        for (int row = 0; row < rows; row++)
        {
            int* of = sums + (row * width);
            if (TDot.Shift != 0) AddShift(of, weights.Sums + column, width, TDot.Shift);
            TLanes scale = TLanes.Broadcast(ranges[row].Scale), offset = TLanes.Broadcast(ranges[row].Offset);
            for (int c = 0; c < width && c < valid; c += TLanes.Count)
            {
                var value = TLanes.MultiplyAdd(TLanes.Load(scales + c) * scale, TLanes.FromIntegers(of + c), TLanes.Load(scaledSums + c) * offset);
                if (isWhole) value.Store((float*)(of + c));
                else epilogue.Finish(value, firstRow + row, column + c, valid - c);
            }
        }

        if (isWhole) epilogue.FinishTile((float*)sums, rows, firstRow, column);
    }

    /// <summary>
    /// Fetches the next panel, which follows in memory, into the L2 cache while the rows of a block are multiplied by this one: the first tile would wait for
    /// it otherwise. It is not part of the tile's loop, which has no room for another instruction.
    /// </summary>
    private ref struct Prefetch(int* panel, long elements, int rows)
    {
        private const int LineElements = 16;

        private readonly int* _end = panel + (rows > 0 ? elements : 0);
        private readonly long _perRow = rows > 0 ? ((elements / LineElements / rows) + 1) * LineElements : 0;
        private int* _next = panel;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Next(int computed)
        {
            if (!Sse.IsSupported) return;
            int* end = _next + (_perRow * computed);
            if (end > _end) end = _end;
            for (; _next < end; _next += LineElements) Sse.Prefetch1(_next);
        }
    }

    // Activations were stored less the shift: the sum of shift * p is missing.
    private static void AddShift(int* sums, int* weightSums, int width, int shift)
    {
        for (int c = 0; c < width; c += Vector128<int>.Count) (Vector128.Load(sums + c) + (Vector128.Load(weightSums + c) * shift)).Store(sums + c);
    }

    private struct ProductTask<TLanes, TDot, TEpilogue> : IParallelTask
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        public QuantizedOperand A;
        public int Rows;
        public QuantizedWeights Weights;
        public int BlockRows;
        public int Groups;
        public int GroupPanels;
        public TEpilogue Epilogue;

        public void Run(int item, int worker)
        {
            int firstRow = item / Groups * BlockRows, firstPanel = item % Groups * GroupPanels;
            int endPanel = Math.Min(firstPanel + GroupPanels, QuantizedPanels.Count<TDot>(Weights.Outputs));
            Block<TLanes, TDot, TEpilogue>(A.From(firstRow), firstRow, Math.Min(BlockRows, Rows - firstRow), in Weights, firstPanel, endPanel, in Epilogue);
        }
    }
}
