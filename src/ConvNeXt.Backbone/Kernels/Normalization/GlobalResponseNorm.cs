using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Normalization;

/// <summary>
/// Global Response Normalization (ConvNeXt V2, section 3.2), separately for each image: with g[c] the L2 norm of x[., c] over the image's pixels and n[c] =
/// g[c] / (mean of g over the channels + 1e-6), y = gamma * (x * n) + beta + x.
/// <para>x, y: [images, pixels, channels], y is overwritten and may be x; gamma, beta: [channels].</para>
/// <para>Backward, with s[c] the sum of dy * x over the image's pixels, h[c] = gamma[c] * s[c] and m = mean of g + 1e-6: the gradient of x is dy * (1 + gamma *
/// n) + x * q, where q[c] = (h[c] - mean of h * n) / (m * g[c]), or 0 if g[c] is 0. dx holds the derivative of the activation on entry and is multiplied by
/// this gradient. dgamma += sum of n * s over images; dbeta += sum of dy over images and pixels.</para>
/// <para>Threads: one item is a chunk of an image's pixels (<see cref="RowChunks"/>); sums over pixels are computed per chunk and added in the order of the
/// chunks, then of the images.</para>
/// </summary>
internal static unsafe class GlobalResponseNorm
{
    public const float Epsilon = 1e-6f;

    // Per-channel vectors that are stored for each image, and the number of sums for each chunk.
    private const int NormSlot = 0, ResponseSlot = 1, CorrectionSlot = 2, GammaSlot = 3, BetaSlot = 4, Slots = 5;
    private const int SumsPerChunk = 2;

    /// <summary>Floats of the statistics and partial sums.</summary>
    public static long StatisticsFloats(int images, int pixels, int channels) => (long)images * (Slots + (SumsPerChunk * RowChunks.Count(pixels))) * channels;

    /// <summary>Computes y, and stores in statistics what backward needs.</summary>
    public static void Forward<TLanes>(WorkerTeam team, float* x, int images, int pixels, int channels, float* gamma, float* beta, float* statistics, float* y)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var map = new Map { Pixels = pixels, Channels = channels, Images = images, Statistics = statistics };
        team.Run(new SquareSumTask<TLanes> { Map = map, X = x }, images * map.Chunks);
        team.Run(new ResponseTask<TLanes> { Map = map }, images);
        team.Run(new ApplyTask<TLanes> { Map = map, X = x, Gamma = gamma, Beta = beta, Y = y }, images * map.Chunks);
    }

    /// <summary>Multiplies dx by the gradient of x; adds to the parameters' gradients. statistics: as stored by forward for the same x.</summary>
    public static void Backward<TLanes>(
        WorkerTeam team,
        float* x,
        float* dy,
        int images,
        int pixels,
        int channels,
        float* gamma,
        float* statistics,
        float* dx,
        float* gammaGradient,
        float* betaGradient)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var map = new Map { Pixels = pixels, Channels = channels, Images = images, Statistics = statistics };
        team.Run(new GradientSumTask<TLanes> { Map = map, X = x, Dy = dy }, images * map.Chunks);
        team.Run(new CorrectionTask<TLanes> { Map = map, Gamma = gamma }, images);
        RowChunks.AddInOrder<TLanes>(team, map.Of(0, GammaSlot), images, (long)Slots * channels, channels, gammaGradient);
        RowChunks.AddInOrder<TLanes>(team, map.Of(0, BetaSlot), images, (long)Slots * channels, channels, betaGradient);
        team.Run(new BackwardTask<TLanes> { Map = map, X = x, Dy = dy, Gamma = gamma, Dx = dx }, images * map.Chunks);
    }

    /// <summary>Plain loops in double precision.</summary>
    public static void Reference(
        ReadOnlySpan<double> x, int images, int pixels, int channels, ReadOnlySpan<double> gamma, ReadOnlySpan<double> beta, Span<double> y)
    {
        var norms = new double[channels];
        for (int image = 0; image < images; image++)
        {
            int first = image * pixels * channels;
            double mean = 0;
            for (int c = 0; c < channels; c++)
            {
                double squares = 0;
                for (int p = 0; p < pixels; p++) squares += x[first + (p * channels) + c] * x[first + (p * channels) + c];
                norms[c] = Math.Sqrt(squares);
                mean += norms[c] / channels;
            }

            for (int i = first; i < first + (pixels * channels); i++)
            {
                int c = i % channels;
                y[i] = (gamma[c] * (x[i] * (norms[c] / (mean + Epsilon)))) + beta[c] + x[i];
            }
        }
    }

    /// <summary>Mean over the channels.</summary>
    private static float Mean<TLanes>(float* values, int channels) where TLanes : unmanaged, ILanes<TLanes> => OrderedSum.Of<TLanes>(values, channels) / channels;

    /// <summary>Locations of the chunks, their sums and the statistics of images.</summary>
    private struct Map
    {
        public int Images;
        public int Pixels;
        public int Channels;
        public float* Statistics;

        public readonly int Chunks => RowChunks.Count(Pixels);

        /// <summary>One vector of an image.</summary>
        public readonly float* Of(int image, int slot) => Statistics + ((((long)image * Slots) + slot) * Channels);

        /// <summary>The sums of a chunk; chunks are numbered over all images.</summary>
        public readonly float* Sums(int item) => Statistics + (((long)Images * Slots) + ((long)item * SumsPerChunk)) * Channels;

        /// <summary>Offset of the first value of a chunk.</summary>
        public readonly long First(int item) => (((long)(item / Chunks) * Pixels) + ((long)(item % Chunks) * RowChunks.Rows)) * Channels;

        /// <summary>Number of pixels in a chunk.</summary>
        public readonly int Rows(int item) => RowChunks.RowsOf(item % Chunks, Pixels);
    }

    private struct SquareSumTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public Map Map;
        public float* X;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int channels = Map.Channels, rows = Map.Rows(item);
            float* x = X + Map.First(item), sums = Map.Sums(item);
            new Span<float>(sums, channels).Clear();
            for (int row = 0; row < rows; row++, x += channels)
            {
                for (int c = 0; c < channels; c += TLanes.Count)
                {
                    int left = channels - c;
                    var value = TLanes.LoadUpTo(x + c, left);
                    TLanes.MultiplyAdd(value, value, TLanes.LoadUpTo(sums + c, left)).StoreUpTo(sums + c, left);
                }
            }
        }
    }

    private struct ResponseTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public Map Map;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int channels = Map.Channels;
            float* norms = Map.Of(item, NormSlot), responses = Map.Of(item, ResponseSlot);
            for (int c = 0; c < channels; c += TLanes.Count)
            {
                var squares = TLanes.Zero;
                for (int chunk = 0; chunk < Map.Chunks; chunk++) squares += TLanes.LoadUpTo(Map.Sums((item * Map.Chunks) + chunk) + c, channels - c);
                TLanes.Sqrt(squares).StoreUpTo(norms + c, channels - c);
            }

            var divisor = TLanes.Broadcast(Mean<TLanes>(norms, channels) + Epsilon);
            for (int c = 0; c < channels; c += TLanes.Count) (TLanes.LoadUpTo(norms + c, channels - c) / divisor).StoreUpTo(responses + c, channels - c);
        }
    }

    private struct ApplyTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public Map Map;
        public float* X;
        public float* Gamma;
        public float* Beta;
        public float* Y;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int channels = Map.Channels, rows = Map.Rows(item);
            float* x = X + Map.First(item), y = Y + Map.First(item), responses = Map.Of(item / Map.Chunks, ResponseSlot);
            for (int row = 0; row < rows; row++, x += channels, y += channels)
            {
                for (int c = 0; c < channels; c += TLanes.Count)
                {
                    int left = channels - c;
                    var value = TLanes.LoadUpTo(x + c, left);
                    var normalized = value * TLanes.LoadUpTo(responses + c, left);
                    (TLanes.MultiplyAdd(normalized, TLanes.LoadUpTo(Gamma + c, left), TLanes.LoadUpTo(Beta + c, left)) + value).StoreUpTo(y + c, left);
                }
            }
        }
    }

    private struct GradientSumTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public Map Map;
        public float* X;
        public float* Dy;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int channels = Map.Channels, rows = Map.Rows(item);
            float* x = X + Map.First(item), dy = Dy + Map.First(item), products = Map.Sums(item), sums = products + channels;
            new Span<float>(products, SumsPerChunk * channels).Clear();
            for (int row = 0; row < rows; row++, x += channels, dy += channels)
            {
                for (int c = 0; c < channels; c += TLanes.Count)
                {
                    int left = channels - c;
                    var d = TLanes.LoadUpTo(dy + c, left);
                    TLanes.MultiplyAdd(d, TLanes.LoadUpTo(x + c, left), TLanes.LoadUpTo(products + c, left)).StoreUpTo(products + c, left);
                    (TLanes.LoadUpTo(sums + c, left) + d).StoreUpTo(sums + c, left);
                }
            }
        }
    }

    private struct CorrectionTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public Map Map;
        public float* Gamma;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int channels = Map.Channels;
            float* norms = Map.Of(item, NormSlot), responses = Map.Of(item, ResponseSlot), corrections = Map.Of(item, CorrectionSlot);
            float* dGamma = Map.Of(item, GammaSlot), dBeta = Map.Of(item, BetaSlot);
            var weighted = TLanes.Zero;
            for (int c = 0; c < channels; c += TLanes.Count)
            {
                int left = channels - c;
                TLanes products = TLanes.Zero, sums = TLanes.Zero;
                for (int chunk = 0; chunk < Map.Chunks; chunk++)
                {
                    float* partial = Map.Sums((item * Map.Chunks) + chunk) + c;
                    products += TLanes.LoadUpTo(partial, left);
                    sums += TLanes.LoadUpTo(partial + channels, left);
                }

                sums.StoreUpTo(dBeta + c, left);
                var ofGamma = products * TLanes.LoadUpTo(responses + c, left);
                ofGamma.StoreUpTo(dGamma + c, left);
                var gamma = TLanes.LoadUpTo(Gamma + c, left);
                (products * gamma).StoreUpTo(corrections + c, left);
                weighted = TLanes.MultiplyAdd(ofGamma, gamma, weighted);
            }

            float mean = weighted.Sum() / channels, divisor = Mean<TLanes>(norms, channels) + Epsilon;
            for (int c = 0; c < channels; c++) corrections[c] = norms[c] == 0f ? 0f : (corrections[c] - mean) / divisor / norms[c];
        }
    }

    private struct BackwardTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public Map Map;
        public float* X;
        public float* Dy;
        public float* Gamma;
        public float* Dx;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int item, int worker)
        {
            int channels = Map.Channels, rows = Map.Rows(item), image = item / Map.Chunks;
            float* x = X + Map.First(item), dy = Dy + Map.First(item), dx = Dx + Map.First(item);
            float* responses = Map.Of(image, ResponseSlot), corrections = Map.Of(image, CorrectionSlot);
            var one = TLanes.Broadcast(1f);
            for (int row = 0; row < rows; row++, x += channels, dy += channels, dx += channels)
            {
                for (int c = 0; c < channels; c += TLanes.Count)
                {
                    int left = channels - c;
                    var scale = TLanes.MultiplyAdd(TLanes.LoadUpTo(Gamma + c, left), TLanes.LoadUpTo(responses + c, left), one);
                    var corrected = TLanes.LoadUpTo(x + c, left) * TLanes.LoadUpTo(corrections + c, left);
                    var gradient = TLanes.MultiplyAdd(TLanes.LoadUpTo(dy + c, left), scale, corrected);
                    (gradient * TLanes.LoadUpTo(dx + c, left)).StoreUpTo(dx + c, left);
                }
            }
        }
    }
}
