using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Convolution;

/// <summary>
/// Parameter gradients of <see cref="DepthwiseConvolution"/>: dkernel[i, j, c] += sum over n, r, s of dy[n, r, s, c] * x[n, r + i - 3, s + j - 3, c]; dbias[c]
/// += sum of dy[n, r, s, c].
/// <para>x, dy: [images, height, width, channels]; dkernel: [7, 7, channels]; dbias: [channels]; both gradients are added to.</para>
/// <para>Threads: one item is an image and one register of channels, and writes partial sums; the partial sums of the images are added in order.</para>
/// </summary>
internal static unsafe class DepthwiseGradient
{
    private const int Kernel = DepthwiseConvolution.Kernel;
    private const int Rows = DepthwiseConvolution.Taps + 1;

    /// <summary>Floats of the partial sums.</summary>
    public static long PartialFloats(int images, int channels) => (long)images * Rows * channels;

    public static void Accumulate<TLanes>(
        WorkerTeam team, float* x, float* dy, int images, int height, int width, int channels, float* partials, float* kernelGradient, float* biasGradient)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int groups = (channels + TLanes.Count - 1) / TLanes.Count;
        team.Run(new SumTask<TLanes> { X = x, Dy = dy, Height = height, Width = width, Channels = channels, Groups = groups, Partials = partials }, images * groups);
        int taps = DepthwiseConvolution.Taps * channels;
        RowChunks.AddInOrder<TLanes>(team, partials, images, taps + channels, taps, kernelGradient);
        RowChunks.AddInOrder<TLanes>(team, partials + taps, images, taps + channels, channels, biasGradient);
    }

    private struct SumTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* X;
        public float* Dy;
        public int Height;
        public int Width;
        public int Channels;
        public int Groups;
        public float* Partials;

        public readonly void Run(int item, int worker)
        {
            int image = item / Groups, c = item % Groups * TLanes.Count, left = Channels - c;
            long first = ((long)image * Height * Width * Channels) + c;
            float* partial = Partials + ((long)image * Rows * Channels) + c;
            for (int i = 0; i < Kernel; i++) KernelRow(X + first, Dy + first, left, i, partial + ((long)i * Kernel * Channels));
            Bias(Dy + first, left, partial + ((long)DepthwiseConvolution.Taps * Channels));
        }

        // The seven sums of one kernel row stay in registers for the whole image. Each row of pixels is summed on its own and then added to the totals, so that
        // no chain of additions gets long.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void KernelRow(float* x, float* dy, int left, int i, float* target)
        {
            const int padding = DepthwiseConvolution.Padding;
            nint channels = Channels;
            TLanes t0 = TLanes.Zero, t1 = TLanes.Zero, t2 = TLanes.Zero, t3 = TLanes.Zero, t4 = TLanes.Zero, t5 = TLanes.Zero, t6 = TLanes.Zero;
            for (int row = Math.Max(0, padding - i); row < Math.Min(Height, Height + padding - i); row++)
            {
                float* d = dy + ((long)row * Width * channels);
                float* source = x + ((long)(row + i - padding) * Width * channels);
                TLanes s0 = TLanes.Zero, s1 = TLanes.Zero, s2 = TLanes.Zero, s3 = TLanes.Zero, s4 = TLanes.Zero, s5 = TLanes.Zero, s6 = TLanes.Zero;

                // A sliding window of seven adjacent pixels in registers.
                var v0 = TLanes.Zero;
                var v1 = TLanes.Zero;
                var v2 = TLanes.Zero;
                var v3 = TLanes.LoadUpTo(source, left);
                var v4 = Width > 1 ? TLanes.LoadUpTo(source + channels, left) : TLanes.Zero;
                var v5 = Width > 2 ? TLanes.LoadUpTo(source + (2 * channels), left) : TLanes.Zero;
                for (int column = 0; column < Width; column++, d += channels)
                {
                    var v6 = column + padding < Width ? TLanes.LoadUpTo(source + ((column + padding) * channels), left) : TLanes.Zero;
                    var g = TLanes.LoadUpTo(d, left);
                    s0 = TLanes.MultiplyAdd(g, v0, s0);
                    s1 = TLanes.MultiplyAdd(g, v1, s1);
                    s2 = TLanes.MultiplyAdd(g, v2, s2);
                    s3 = TLanes.MultiplyAdd(g, v3, s3);
                    s4 = TLanes.MultiplyAdd(g, v4, s4);
                    s5 = TLanes.MultiplyAdd(g, v5, s5);
                    s6 = TLanes.MultiplyAdd(g, v6, s6);
                    v0 = v1;
                    v1 = v2;
                    v2 = v3;
                    v3 = v4;
                    v4 = v5;
                    v5 = v6;
                }

                t0 += s0;
                t1 += s1;
                t2 += s2;
                t3 += s3;
                t4 += s4;
                t5 += s5;
                t6 += s6;
            }

            t0.StoreUpTo(target, left);
            t1.StoreUpTo(target + channels, left);
            t2.StoreUpTo(target + (2 * channels), left);
            t3.StoreUpTo(target + (3 * channels), left);
            t4.StoreUpTo(target + (4 * channels), left);
            t5.StoreUpTo(target + (5 * channels), left);
            t6.StoreUpTo(target + (6 * channels), left);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Bias(float* dy, int left, float* target)
        {
            var total = TLanes.Zero;
            for (int row = 0; row < Height; row++)
            {
                var sum = TLanes.Zero;
                for (int column = 0; column < Width; column++, dy += Channels) sum += TLanes.LoadUpTo(dy, left);
                total += sum;
            }

            total.StoreUpTo(target, left);
        }
    }
}
