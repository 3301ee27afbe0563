using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Threading;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// The second half of a block, one tile of pixels at a time, so that the hidden activation, four times as wide, stays in the cache: y = x + keep * gamma * (W2
/// gelu(W1 layernorm(d) + b1) + b2).
/// <para>d, x, y: [rows, channels], y is overwritten and may be x; W1, W2: <see cref="Panels"/>. In training, the pre-activation W1 layernorm(d) + b1, [rows, 4
/// channels], is kept for backward.</para>
/// <para>Threads: one item is a tile of rows. With few rows (one image in the last stages) there would be too few tiles for all threads; the products are then
/// split by columns too, and the hidden activation goes through memory. Both ways give bit-identical results.</para>
/// </summary>
internal static unsafe class FusedMlp
{
    /// <summary>Width of the hidden layer, as a multiple of the channels.</summary>
    public const int Expansion = 4;

    private const int CachedFloats = 128 * 1024;
    private const int SmallestTile = 4 * GemmTile.MaxRows;
    private const int LargestTile = 16 * GemmTile.MaxRows;

    // Keeps the rows of a tile from mapping to the same cache sets.
    private const int RowPadding = 16;

    /// <summary>Floats of scratch memory per worker.</summary>
    public static long ScratchFloats(int channels) => TileRows(channels) * ((1L + Expansion) * channels + (2 * RowPadding));

    /// <summary>Floats of the hidden buffer that few rows need, sufficient for up to <paramref name="rows"/> rows.</summary>
    public static long HiddenFloats(WorkerTeam team, int rows, int channels) => (1L + Expansion) * Math.Min(rows, MostSmallRows(team)) * channels;

    /// <summary>Computes the block's second half.</summary>
    /// <param name="scratch">Threads and their scratch memory.</param>
    /// <param name="operands">Weights, and the buffer for the pre-activation.</param>
    /// <param name="d">Output of the depthwise convolution.</param>
    /// <param name="rows">Number of pixels.</param>
    /// <param name="hidden">Buffer of <see cref="HiddenFloats"/> floats.</param>
    public static void Forward<TLanes>(Scratch scratch, in MlpOperands<TLanes> operands, float* d, int rows, float* hidden) where TLanes : unmanaged, ILanes<TLanes>
    {
        int channels = operands.Channels, wide = Expansion * channels;
        var team = scratch.Team;
        if (IsSmall(team, rows))
        {
            float* normalized = hidden, activation = hidden + ((long)rows * channels);
            LayerNorm.Forward<TLanes>(team, d, rows, channels, operands.NormWeight, operands.NormBias, normalized, operands.NormEpsilon);
            MatrixProduct.Run<TLanes, GeluEpilogue<TLanes>>(team, normalized, channels, rows, operands.Weight1, channels, wide, operands.First(activation, wide, 0), operands.ChainSteps);
            MatrixProduct.Run<TLanes, ResidualEpilogue<TLanes>>(team, activation, wide, rows, operands.Weight2, wide, channels, in operands.Residual, operands.ChainSteps);
            return;
        }

        // The same number of tiles for each thread.
        int tiles = (rows + TileRows(channels) - 1) / TileRows(channels);
        tiles = (tiles + team.ThreadCount - 1) / team.ThreadCount * team.ThreadCount;
        int tileRows = GemmTile.BlockRows(rows, tiles, team.ThreadCount);
        team.Run(new TileTask<TLanes> { Operands = operands, D = d, Rows = rows, TileRows = tileRows, Scratch = scratch.View }, (rows + tileRows - 1) / tileRows);
    }

    private static bool IsSmall(WorkerTeam team, int rows) => rows <= MostSmallRows(team);

    private static int MostSmallRows(WorkerTeam team) => team.ThreadCount > 1 ? SmallestTile * team.ThreadCount : 0;

    private static int TileRows(int channels) =>
        Math.Clamp(CachedFloats / (Expansion * channels) / GemmTile.MaxRows * GemmTile.MaxRows, SmallestTile, LargestTile);

    private struct TileTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public MlpOperands<TLanes> Operands;
        public float* D;
        public int Rows;
        public int TileRows;
        public ScratchView Scratch;

        public void Run(int item, int worker)
        {
            int first = item * TileRows, rows = Math.Min(TileRows, Rows - first);
            int channels = Operands.Channels, wide = Expansion * channels;
            nint normalizedStride = channels + RowPadding, activationStride = wide + RowPadding;
            float* normalized = Scratch.Of(worker), activation = normalized + (TileRows * normalizedStride);
            LayerNorm.Rows<TLanes>(
                D + ((long)first * channels), rows, channels, Operands.NormWeight, Operands.NormBias, normalized, normalizedStride, Operands.NormEpsilon);
            var expand = Operands.First(activation, activationStride, first);
            int chain = Operands.ChainSteps;
            MatrixProduct.Block<TLanes, GeluEpilogue<TLanes>>(
                normalized, normalizedStride, 0, rows, Operands.Weight1, channels, wide, 0, Panels.Count<TLanes>(wide), in expand, chain);
            MatrixProduct.Block<TLanes, ResidualEpilogue<TLanes>>(
                activation, activationStride, first, rows, Operands.Weight2, wide, channels, 0, Panels.Count<TLanes>(channels), in Operands.Residual, chain);
        }
    }
}

/// <summary>Operands of <see cref="FusedMlp"/> and <see cref="ResponseNormMlp"/>.</summary>
internal unsafe struct MlpOperands<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public MlpOperands()
    {
    }

    public int Channels;

    /// <summary>Null, like <see cref="NormBias"/>, if the norm is merged into the first product.</summary>
    public float* NormWeight;

    public float* NormBias;
    public float NormEpsilon = LayerNorm.Epsilon;
    public float* Weight1;
    public float* Bias1;
    public float* Weight2;

    /// <summary>Parameters of <see cref="GlobalResponseNorm"/>; null in a network without it.</summary>
    public float* ResponseGamma;

    public float* ResponseBeta;

    /// <summary>Receives the pre-activation; null if it is not kept.</summary>
    public float* PreActivation;

    /// <summary>Whether the pass is for scoring only, where longer chains and the quick GELU are accurate enough.</summary>
    public bool ForScoring;

    /// <summary>Epilogue of the second product.</summary>
    public ResidualEpilogue<TLanes> Residual;

    /// <summary>Steps of a chain in <see cref="GemmTile"/>.</summary>
    public readonly int ChainSteps => ForScoring ? GemmTile.LongChainSteps : GemmTile.ChainSteps;

    /// <summary>Epilogue of the first product for the rows starting at <paramref name="firstRow"/>, which are counted from 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GeluEpilogue<TLanes> First(float* activation, nint stride, int firstRow)
    {
        int wide = FusedMlp.Expansion * Channels;
        return new GeluEpilogue<TLanes>
        {
            Bias = Bias1,
            Output = activation,
            Stride = stride,
            PreActivation = PreActivation == null ? null : PreActivation + ((long)firstRow * wide),
            PreActivationStride = wide,
            IsQuick = ForScoring,
        };
    }
}
