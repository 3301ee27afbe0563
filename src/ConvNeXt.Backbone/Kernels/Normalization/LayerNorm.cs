using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Normalization;

/// <summary>
/// Layer normalization over the channels of each row: y = (x - mean) / sqrt(var + epsilon) * weight + bias, where var is the mean of the squared differences
/// (computed in two passes, so that variances much smaller than epsilon are accurate).
/// <para>x, y, dx, dy: [rows, channels]; weight, bias and their gradients: [channels].</para>
/// <para>Backward overwrites dx (which may be dy) and adds to the parameters' gradients. With xhat the normalized x and g = dy * weight: dx = (g - mean(g) -
/// xhat * mean(g * xhat)) / sqrt(var + epsilon); dweight += sum of dy * xhat over rows; dbias += sum of dy over rows.</para>
/// <para>Threads: one item is a chunk of <see cref="RowChunks.Rows"/> rows; sums over rows are computed per chunk and added in the order of the chunks.</para>
/// </summary>
internal static unsafe class LayerNorm
{
    /// <summary>Epsilon of all official networks; timm's xxlarge uses 1e-5.</summary>
    public const float Epsilon = 1e-6f;

    /// <summary>Floats of the partial sums that backward needs.</summary>
    public static long PartialFloats(int rows, int channels) => RowChunks.Count(rows) * 2L * channels;

    public static void Forward<TLanes>(WorkerTeam team, float* x, int rows, int channels, float* weight, float* bias, float* y, float epsilon = Epsilon)
        where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(
            new ForwardTask<TLanes> { X = x, RowCount = rows, Channels = channels, Weight = weight, Bias = bias, Y = y, Epsilon = epsilon },
            RowChunks.Count(rows));

    public static void Backward<TLanes>(
        WorkerTeam team,
        float* x,
        float* dy,
        int rows,
        int channels,
        float* weight,
        float* dx,
        float* partials,
        float* weightGradient,
        float* biasGradient,
        float epsilon = Epsilon)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int chunks = RowChunks.Count(rows);
        team.Run(
            new BackwardTask<TLanes> { X = x, Dy = dy, RowCount = rows, Channels = channels, Weight = weight, Dx = dx, Partials = partials, Epsilon = epsilon },
            chunks);
        RowChunks.AddInOrder<TLanes>(team, partials, chunks, 2 * channels, channels, weightGradient);
        RowChunks.AddInOrder<TLanes>(team, partials + channels, chunks, 2 * channels, channels, biasGradient);
    }

    /// <summary>
    /// Normalizes rows on the calling thread. <paramref name="yStride"/>: floats from row to row of y. Weight and bias may both be null, for ones and zeros.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<TLanes>(float* x, int rows, int channels, float* weight, float* bias, float* y, nint yStride, float epsilon)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int row = 0; row < rows; row++, x += channels, y += yStride)
        {
            Statistics<TLanes>(x, channels, epsilon, out float mean, out float inverse);
            var means = TLanes.Broadcast(mean);
            var inverses = TLanes.Broadcast(inverse);
            for (int c = 0; c < channels; c += TLanes.Count)
            {
                int left = channels - c;
                var normalized = (TLanes.LoadUpTo(x + c, left) - means) * inverses;
                if (weight == null) normalized.StoreUpTo(y + c, left);
                else TLanes.MultiplyAdd(normalized, TLanes.LoadUpTo(weight + c, left), TLanes.LoadUpTo(bias + c, left)).StoreUpTo(y + c, left);
            }
        }
    }

    /// <summary>Plain loops in double precision.</summary>
    public static void Reference(
        ReadOnlySpan<double> x, int channels, ReadOnlySpan<double> weight, ReadOnlySpan<double> bias, Span<double> y, float epsilon = Epsilon)
    {
        for (int first = 0; first < x.Length; first += channels)
        {
            double mean = 0, variance = 0;
            for (int c = 0; c < channels; c++) mean += x[first + c] / channels;
            for (int c = 0; c < channels; c++) variance += (x[first + c] - mean) * (x[first + c] - mean) / channels;
            for (int c = 0; c < channels; c++) y[first + c] = ((x[first + c] - mean) / Math.Sqrt(variance + epsilon) * weight[c]) + bias[c];
        }
    }

    /// <summary>Mean and 1 / sqrt(variance + epsilon) of a row; the same for registers of any width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Statistics<TLanes>(float* x, int channels, float epsilon, out float mean, out float inverse) where TLanes : unmanaged, ILanes<TLanes>
    {
        mean = OrderedSum.Of<TLanes>(x, channels) / channels;
        inverse = 1f / MathF.Sqrt((OrderedSum.OfSquares<TLanes>(x, channels, mean) / channels) + epsilon);
    }

    private struct ForwardTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* X;
        public int RowCount;
        public int Channels;
        public float* Weight;
        public float* Bias;
        public float* Y;
        public float Epsilon;

        public readonly void Run(int item, int worker)
        {
            long first = (long)item * RowChunks.Rows * Channels;
            Rows<TLanes>(X + first, RowChunks.RowsOf(item, RowCount), Channels, Weight, Bias, Y + first, Channels, Epsilon);
        }
    }

    private struct BackwardTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* X;
        public float* Dy;
        public int RowCount;
        public int Channels;
        public float* Weight;
        public float* Dx;
        public float* Partials;
        public float Epsilon;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            long first = (long)item * RowChunks.Rows * Channels;
            float* x = X + first, dy = Dy + first, dx = Dx + first;
            float* dWeight = Partials + ((long)item * 2 * Channels), dBias = dWeight + Channels;
            new Span<float>(dWeight, 2 * Channels).Clear();
            int rows = RowChunks.RowsOf(item, RowCount);
            for (int row = 0; row < rows; row++, x += Channels, dy += Channels, dx += Channels)
            {
                Statistics<TLanes>(x, Channels, Epsilon, out float mean, out float inverse);
                var means = TLanes.Broadcast(mean);
                var inverses = TLanes.Broadcast(inverse);
                TLanes sumG = TLanes.Zero, sumGX = TLanes.Zero;
                for (int c = 0; c < Channels; c += TLanes.Count)
                {
                    int left = Channels - c;
                    var d = TLanes.LoadUpTo(dy + c, left);
                    var normalized = (TLanes.LoadUpTo(x + c, left) - means) * inverses;
                    TLanes.MultiplyAdd(d, normalized, TLanes.LoadUpTo(dWeight + c, left)).StoreUpTo(dWeight + c, left);
                    (TLanes.LoadUpTo(dBias + c, left) + d).StoreUpTo(dBias + c, left);
                    var g = d * TLanes.LoadUpTo(Weight + c, left);
                    sumG += g;
                    sumGX = TLanes.MultiplyAdd(g, normalized, sumGX);
                }

                var meanG = TLanes.Broadcast(sumG.Sum() / Channels);
                var meanGX = TLanes.Broadcast(sumGX.Sum() / Channels);
                for (int c = 0; c < Channels; c += TLanes.Count)
                {
                    int left = Channels - c;
                    var normalized = (TLanes.LoadUpTo(x + c, left) - means) * inverses;
                    var g = TLanes.LoadUpTo(dy + c, left) * TLanes.LoadUpTo(Weight + c, left);
                    ((g - meanG - (normalized * meanGX)) * inverses).StoreUpTo(dx + c, left);
                }
            }
        }
    }
}
