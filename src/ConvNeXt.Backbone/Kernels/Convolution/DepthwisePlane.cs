using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;

namespace ConvNeXt.Backbone.Kernels.Convolution;

/// <summary>
/// One register of channels for some rows of an image, copied to contiguous memory: plane[row, 3 + column] = x[row, column, c...], with zeros on the left and
/// right, so that a 7x7 kernel reads adjacent pixels in sequence without checks at the edges. (In the image, adjacent pixels are a whole row of channels apart
/// in memory and map to few cache sets.)
/// </summary>
internal readonly unsafe struct DepthwisePlane<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Maximum number of outputs of a row that are computed together; a plane can be read as far to the right as they reach.</summary>
    public const int MostTogether = 8;

    private const int Padding = DepthwiseConvolution.Padding;

    /// <summary>Floats of a plane unless seven rows need more: it stays in the L2 cache, and two bands share few rows.</summary>
    private const int CachedFloats = 32 * 1024;

    private readonly float* _memory;
    private readonly int _firstRow;

    /// <summary>Copies the pixels that output rows <paramref name="firstRow"/> to <paramref name="endRow"/> need.</summary>
    /// <param name="memory">Memory of <see cref="MaxFloats"/> floats.</param>
    /// <param name="x">The channels of the image's first pixel.</param>
    /// <param name="height">Image height.</param>
    /// <param name="width">Image width.</param>
    /// <param name="channels">Floats from pixel to pixel.</param>
    /// <param name="left">Number of valid channels; may exceed the size of a register.</param>
    /// <param name="firstRow">First output row.</param>
    /// <param name="endRow">End of the output rows (exclusive); at most one band.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public DepthwisePlane(float* memory, float* x, int height, int width, int channels, int left, int firstRow, int endRow)
    {
        _memory = memory;
        _firstRow = Math.Max(0, firstRow - Padding);
        RowStride = Columns(width) * TLanes.Count;
        int end = Math.Min(height, endRow + Padding), beyond = Columns(width) - Padding - width;
        for (int row = _firstRow; row < end; row++)
        {
            float* target = At(row, 0), source = x + ((long)row * width * channels);
            for (int i = 0; i < Padding; i++, target += TLanes.Count) TLanes.Zero.Store(target);
            for (int i = 0; i < width; i++, target += TLanes.Count, source += channels) TLanes.LoadUpTo(source, left).Store(target);
            for (int i = 0; i < beyond; i++, target += TLanes.Count) TLanes.Zero.Store(target);
        }
    }

    /// <summary>Floats from row to row.</summary>
    public nint RowStride { get; }

    /// <summary>Floats of the largest plane for images of a width.</summary>
    public static long MaxFloats(int width) => Math.Max(CachedFloats, (long)DepthwiseConvolution.Kernel * Columns(width) * TLanes.Count);

    /// <summary>Number of bands that an image is split into.</summary>
    public static int Bands(int height, int width)
    {
        int rows = (int)(MaxFloats(width) / ((long)Columns(width) * TLanes.Count)) - (2 * Padding);
        return (height + rows - 1) / rows;
    }

    /// <summary>Whether runs of seven outputs waste fewer columns than runs of eight.</summary>
    public static bool SevenTogether(int width) => (width + 6) / 7 * 7 < (width + 7) / 8 * 8;

    /// <summary>The pixel at the first tap of an output in this column; row: row of the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* At(int row, int column) => _memory + ((row - _firstRow) * RowStride) + (column * TLanes.Count);

    private static int Columns(int width) => width + (2 * Padding) + MostTogether - 1;
}
