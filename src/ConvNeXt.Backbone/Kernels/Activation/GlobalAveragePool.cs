using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Activation;

/// <summary>
/// Mean over the pixels of each image: y[n, c] = sum over pixels of x[n, pixel, c] / pixels. x: [images, pixels, channels]; y: [images, channels], overwritten.
/// <para>Backward overwrites dx[n, pixel, c] = dy[n, c] / pixels. Threads: one item is an image; pixels are summed in runs of <see cref="Run"/>, and the runs
/// are added in order.</para>
/// </summary>
internal static unsafe class GlobalAveragePool
{
    private const int Run = 32;

    public static void Forward<TLanes>(WorkerTeam team, float* x, int images, int pixels, int channels, float* y) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new ForwardTask<TLanes> { X = x, Pixels = pixels, Channels = channels, Y = y }, images);

    public static void Backward<TLanes>(WorkerTeam team, float* dy, int images, int pixels, int channels, float* dx) where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new BackwardTask<TLanes> { Dy = dy, Pixels = pixels, Channels = channels, Dx = dx }, images);

    /// <summary>Plain loops in double precision.</summary>
    public static void Reference(ReadOnlySpan<double> x, int images, int pixels, int channels, Span<double> y)
    {
        y.Clear();
        for (int n = 0; n < images; n++)
            for (int p = 0; p < pixels; p++)
                for (int c = 0; c < channels; c++)
                    y[(n * channels) + c] += x[(((n * pixels) + p) * channels) + c] / pixels;
    }

    private struct ForwardTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* X;
        public int Pixels;
        public int Channels;
        public float* Y;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void IParallelTask.Run(int item, int worker)
        {
            float* x = X + ((long)item * Pixels * Channels), y = Y + ((long)item * Channels);
            var scale = TLanes.Broadcast(Pixels);
            for (int c = 0; c < Channels; c += TLanes.Count)
            {
                int left = Channels - c;
                var total = TLanes.Zero;
                for (int first = 0; first < Pixels; first += Run)
                {
                    var sum = TLanes.Zero;
                    for (int p = first; p < Math.Min(first + Run, Pixels); p++) sum += TLanes.LoadUpTo(x + ((long)p * Channels) + c, left);
                    total += sum;
                }

                (total / scale).StoreUpTo(y + c, left);
            }
        }
    }

    private struct BackwardTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* Dy;
        public int Pixels;
        public int Channels;
        public float* Dx;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void IParallelTask.Run(int item, int worker)
        {
            float* dx = Dx + ((long)item * Pixels * Channels), dy = Dy + ((long)item * Channels);
            var scale = TLanes.Broadcast(Pixels);
            for (int p = 0; p < Pixels; p++, dx += Channels)
                for (int c = 0; c < Channels; c += TLanes.Count)
                    (TLanes.LoadUpTo(dy + c, Channels - c) / scale).StoreUpTo(dx + c, Channels - c);
        }
    }
}
