using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>
/// The second half of a block for scoring, with both products of 8-bit integers: y = x + W2 gelu(W1 normalized(d) + b1) + b2. Norm, GELU, biases and the
/// residual sum are in float32; the inputs of both products are rounded row by row (<see cref="QuantizedRows"/>).
/// <para>d, x, y: [rows, channels], y is overwritten and may be x.</para>
/// <para>Threads: one item is a tile of rows, whose hidden activation stays in the cache; with few rows the products are split by columns too, and the hidden
/// activation goes through memory. Both ways give bit-identical results.</para>
/// </summary>
internal static unsafe class QuantizedMlp
{
    private const int CachedFloats = 64 * 1024;
    private const int SmallestTile = 2 * GemmTile.MaxRows;
    private const int LargestTile = 16 * GemmTile.MaxRows;
    private const int SmallRowsPerThread = 4 * GemmTile.MaxRows;

    // Keeps the rows of a tile from mapping to the same cache sets.
    private const int RowPadding = 16;

    /// <summary>Floats of scratch memory per worker.</summary>
    public static long ScratchFloats<TDot>(int channels) where TDot : unmanaged, IDotLanes<TDot> => Floats<TDot>(TileRows(channels), channels);

    /// <summary>Floats of the hidden buffer that few rows need, sufficient for up to <paramref name="rows"/> rows.</summary>
    public static long HiddenFloats<TDot>(WorkerTeam team, int rows, int channels) where TDot : unmanaged, IDotLanes<TDot> =>
        Floats<TDot>(Math.Min(rows, MostSmallRows(team)), channels);

    /// <summary>Computes the block's second half.</summary>
    /// <param name="scratch">Threads and their scratch memory.</param>
    /// <param name="operands">Weights.</param>
    /// <param name="d">Output of the depthwise convolution.</param>
    /// <param name="rows">Number of pixels.</param>
    /// <param name="hidden">Buffer of <see cref="HiddenFloats"/> floats.</param>
    public static void Forward<TLanes, TDot>(Scratch scratch, in QuantizedMlpOperands<TLanes> operands, float* d, int rows, float* hidden)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
    {
        int channels = operands.Channels, wide = FusedMlp.Expansion * channels;
        var team = scratch.Team;
        if (rows <= MostSmallRows(team))
        {
            var small = Buffers.In<TDot>(hidden, rows, channels, wide);
            QuantizedRows.Normalize<TLanes, TDot>(team, d, rows, channels, operands.NormEpsilon, small.Normalized);
            QuantizedProduct.Run<TLanes, TDot, GeluEpilogue<TLanes>>(team, small.Normalized, rows, operands.Weights1, operands.First(small.Activation, wide));
            QuantizedRows.Quantize<TLanes, TDot>(team, small.Activation, rows, wide, small.Rounded);
            QuantizedProduct.Run<TLanes, TDot, ResidualEpilogue<TLanes>>(team, small.Rounded, rows, operands.Weights2, in operands.Residual);
            return;
        }

        // The same number of tiles for each thread.
        int tiles = (rows + TileRows(channels) - 1) / TileRows(channels);
        tiles = (tiles + team.ThreadCount - 1) / team.ThreadCount * team.ThreadCount;
        int tileRows = Math.Min(GemmTile.BlockRows(rows, tiles, team.ThreadCount), TileRows(channels));
        var task = new TileTask<TLanes, TDot> { Operands = operands, D = d, Rows = rows, TileRows = tileRows, Scratch = scratch.View };
        team.Run(in task, (rows + tileRows - 1) / tileRows);
    }

    private static int MostSmallRows(WorkerTeam team) => team.ThreadCount > 1 ? SmallRowsPerThread * team.ThreadCount : 0;

    private static int TileRows(int channels) =>
        Math.Clamp(CachedFloats / (FusedMlp.Expansion * channels) / GemmTile.MaxRows * GemmTile.MaxRows, SmallestTile, LargestTile);

    private static long Floats<TDot>(int rows, int channels) where TDot : unmanaged, IDotLanes<TDot>
    {
        int wide = FusedMlp.Expansion * channels;
        return QuantizedRows.Floats<TDot>(rows, channels) + ((long)rows * (wide + RowPadding)) + QuantizedRows.Floats<TDot>(rows, wide);
    }

    /// <summary>The pieces of a buffer of <see cref="Floats"/>.</summary>
    private struct Buffers
    {
        public QuantizedOperand Normalized;
        public float* Activation;
        public QuantizedOperand Rounded;

        public static Buffers In<TDot>(float* memory, int rows, int channels, nint activationStride) where TDot : unmanaged, IDotLanes<TDot>
        {
            float* activation = memory + QuantizedRows.Floats<TDot>(rows, channels);
            return new Buffers
            {
                Normalized = QuantizedOperand.In<TDot>(memory, rows, channels),
                Activation = activation,
                Rounded = QuantizedOperand.In<TDot>(activation + (rows * activationStride), rows, FusedMlp.Expansion * channels),
            };
        }
    }

    private struct TileTask<TLanes, TDot> : IParallelTask
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
    {
        public QuantizedMlpOperands<TLanes> Operands;
        public float* D;
        public int Rows;
        public int TileRows;
        public ScratchView Scratch;

        public void Run(int item, int worker)
        {
            int first = item * TileRows, rows = Math.Min(TileRows, Rows - first);
            int channels = Operands.Channels, wide = FusedMlp.Expansion * channels;
            nint stride = wide + RowPadding;
            var tile = Buffers.In<TDot>(Scratch.Of(worker), TileRows, channels, stride);
            QuantizedRows.Normalize<TLanes, TDot>(D + ((long)first * channels), rows, channels, Operands.NormEpsilon, tile.Normalized);
            QuantizedProduct.Block<TLanes, TDot, GeluEpilogue<TLanes>>(
                in tile.Normalized, 0, rows, in Operands.Weights1, 0, QuantizedPanels.Count<TDot>(wide), Operands.First(tile.Activation, stride));
            QuantizedRows.Quantize<TLanes, TDot>(tile.Activation, stride, rows, wide, tile.Rounded);
            QuantizedProduct.Block<TLanes, TDot, ResidualEpilogue<TLanes>>(
                in tile.Rounded, first, rows, in Operands.Weights2, 0, QuantizedPanels.Count<TDot>(channels), in Operands.Residual);
        }
    }
}

/// <summary>Operands of <see cref="QuantizedMlp"/> and <see cref="QuantizedResponseNormMlp"/>.</summary>
internal unsafe struct QuantizedMlpOperands<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public int Channels;
    public float NormEpsilon;

    /// <summary>First product, with the weight and the bias of the norm merged into it.</summary>
    public QuantizedWeights Weights1;

    public float* Bias1;

    /// <summary>Second product, with the layer scale merged into it.</summary>
    public QuantizedWeights Weights2;

    /// <summary>Parameters of <see cref="GlobalResponseNorm"/>; null in a network without it.</summary>
    public float* ResponseGamma;

    public float* ResponseBeta;

    /// <summary>Epilogue of the second product.</summary>
    public ResidualEpilogue<TLanes> Residual;

    /// <summary>Epilogue of the first product; rows are counted from 0.</summary>
    public readonly GeluEpilogue<TLanes> First(float* activation, nint stride) => new() { Bias = Bias1, Output = activation, Stride = stride, IsQuick = true };
}
