using System.Runtime.CompilerServices;

namespace ConvNeXt.Backbone.Kernels;

/// <summary>
/// Depthwise 7x7 convolution with padding 3: y[n, r, s, c] = start + sum over i, j in 0..6 of x[n, r + i - 3, s + j - 3, c] * kernel[i, j, c], pixels outside being zero.
/// <para>x, y: [images, height, width, channels]; kernel: [7, 7, channels]; start: a bias [channels], or a tensor like y (which may be y itself), to which the result is added.</para>
/// <para>Backward to x is the same sum with the kernel turned by 180 degrees (<see cref="Turn"/>), started from the gradient that reaches x by the shortcut.</para>
/// <para>Each element is one chain of fused multiply-adds in the order of the kernel. Threads: rows of pixels; nothing is summed across items.</para>
/// </summary>
internal static unsafe class DepthwiseConvolution
{
    public const int Kernel = 7;
    public const int Taps = Kernel * Kernel;
    public const int Padding = Kernel / 2;

    /// <summary>Pixels of a row that are computed together: their sums stay in registers while a row of the kernel passes.</summary>
    private const int Together = 8;

    /// <summary>y = bias + x * kernel.</summary>
    public static void Forward<TLanes>(WorkerTeam team, float* x, int images, int height, int width, int channels, float* kernel, float* bias, float* y)
        where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(
            new RowTask<TLanes> { X = x, Height = height, Width = width, Channels = channels, KernelValues = kernel, Start = bias, StartIsBias = true, Y = y },
            images * height);

    /// <summary>y += x * kernel.</summary>
    public static void Add<TLanes>(WorkerTeam team, float* x, int images, int height, int width, int channels, float* kernel, float* y)
        where TLanes : unmanaged, ILanes<TLanes> =>
        team.Run(new RowTask<TLanes> { X = x, Height = height, Width = width, Channels = channels, KernelValues = kernel, Start = y, Y = y }, images * height);

    /// <summary>The kernel turned by 180 degrees.</summary>
    public static void Turn(float* kernel, int channels, float* turned)
    {
        for (int tap = 0; tap < Taps; tap++)
            new ReadOnlySpan<float>(kernel + ((long)tap * channels), channels).CopyTo(new Span<float>(turned + ((long)(Taps - 1 - tap) * channels), channels));
    }

    /// <summary>Plain loops in double.</summary>
    public static void Reference(
        ReadOnlySpan<double> x, int images, int height, int width, int channels, ReadOnlySpan<double> kernel, ReadOnlySpan<double> bias, Span<double> y)
    {
        for (int n = 0; n < images; n++)
        {
            for (int at = 0; at < height * width * channels; at++)
            {
                int c = at % channels, column = at / channels % width, row = at / channels / width;
                double sum = bias[c];
                for (int tap = 0; tap < Taps; tap++)
                {
                    int r = row + (tap / Kernel) - Padding, s = column + (tap % Kernel) - Padding;
                    if (r >= 0 && r < height && s >= 0 && s < width) sum += x[(((((n * height) + r) * width) + s) * channels) + c] * kernel[(tap * channels) + c];
                }

                y[(n * height * width * channels) + at] = sum;
            }
        }
    }

    private struct RowTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* X;
        public int Height;
        public int Width;
        public int Channels;
        public float* KernelValues;
        public float* Start;
        public bool StartIsBias;
        public float* Y;

        public readonly void Run(int item, int worker)
        {
            for (int c = 0; c < Channels; c += TLanes.Count)
            {
                for (int column = 0; column < Width;)
                {
                    int columns = Width - column;
                    if (columns >= Together && Channels - c >= TLanes.Count)
                    {
                        if (column >= Padding && columns >= Together + Padding) ColumnsTogether<Inside>(item, column, c);
                        else ColumnsTogether<AtEdge>(item, column, c);
                        column += Together;
                    }
                    else
                    {
                        OneColumn(item, column, c);
                        column++;
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void ColumnsTogether<TEdge>(int item, int column, int c) where TEdge : struct, IEdge
        {
            int row = item % Height;
            long at = ((((long)item * Width) + column) * Channels) + c;
            float* start = StartIsBias ? Start + c : Start + at;
            nint step = StartIsBias ? 0 : Channels, channels = Channels;
            TLanes y0 = TLanes.Load(start), y1 = TLanes.Load(start + step), y2 = TLanes.Load(start + (2 * step)), y3 = TLanes.Load(start + (3 * step));
            TLanes y4 = TLanes.Load(start + (4 * step)), y5 = TLanes.Load(start + (5 * step)), y6 = TLanes.Load(start + (6 * step)), y7 = TLanes.Load(start + (7 * step));
            int firstTap = Math.Max(0, Padding - row), endTap = Math.Min(Kernel, Height + Padding - row);
            for (int i = firstTap; i < endTap; i++)
            {
                float* w = KernelValues + ((long)i * Kernel * channels) + c;
                float* x = X + at + (((long)(i - Padding) * Width) - Padding) * channels;
                int s = column - Padding, end = Width;
                TLanes w0 = TLanes.Load(w), w1 = TLanes.Load(w + channels), w2 = TLanes.Load(w + (2 * channels)), w3 = TLanes.Load(w + (3 * channels));
                TLanes w4 = TLanes.Load(w + (4 * channels)), w5 = TLanes.Load(w + (5 * channels)), w6 = TLanes.Load(w + (6 * channels));

                // Pixel by pixel from left to right; each meets every output that it reaches.
                var v = Pixel<TEdge>(x, s, end);
                y0 = TLanes.MultiplyAdd(v, w0, y0);
                v = Pixel<TEdge>(x + channels, s + 1, end);
                y0 = TLanes.MultiplyAdd(v, w1, y0);
                y1 = TLanes.MultiplyAdd(v, w0, y1);
                v = Pixel<TEdge>(x + (2 * channels), s + 2, end);
                y0 = TLanes.MultiplyAdd(v, w2, y0);
                y1 = TLanes.MultiplyAdd(v, w1, y1);
                y2 = TLanes.MultiplyAdd(v, w0, y2);
                v = Pixel<TEdge>(x + (3 * channels), s + 3, end);
                y0 = TLanes.MultiplyAdd(v, w3, y0);
                y1 = TLanes.MultiplyAdd(v, w2, y1);
                y2 = TLanes.MultiplyAdd(v, w1, y2);
                y3 = TLanes.MultiplyAdd(v, w0, y3);
                v = Pixel<TEdge>(x + (4 * channels), s + 4, end);
                y0 = TLanes.MultiplyAdd(v, w4, y0);
                y1 = TLanes.MultiplyAdd(v, w3, y1);
                y2 = TLanes.MultiplyAdd(v, w2, y2);
                y3 = TLanes.MultiplyAdd(v, w1, y3);
                y4 = TLanes.MultiplyAdd(v, w0, y4);
                v = Pixel<TEdge>(x + (5 * channels), s + 5, end);
                y0 = TLanes.MultiplyAdd(v, w5, y0);
                y1 = TLanes.MultiplyAdd(v, w4, y1);
                y2 = TLanes.MultiplyAdd(v, w3, y2);
                y3 = TLanes.MultiplyAdd(v, w2, y3);
                y4 = TLanes.MultiplyAdd(v, w1, y4);
                y5 = TLanes.MultiplyAdd(v, w0, y5);
                v = Pixel<TEdge>(x + (6 * channels), s + 6, end);
                y0 = TLanes.MultiplyAdd(v, w6, y0);
                y1 = TLanes.MultiplyAdd(v, w5, y1);
                y2 = TLanes.MultiplyAdd(v, w4, y2);
                y3 = TLanes.MultiplyAdd(v, w3, y3);
                y4 = TLanes.MultiplyAdd(v, w2, y4);
                y5 = TLanes.MultiplyAdd(v, w1, y5);
                y6 = TLanes.MultiplyAdd(v, w0, y6);
                v = Pixel<TEdge>(x + (7 * channels), s + 7, end);
                y1 = TLanes.MultiplyAdd(v, w6, y1);
                y2 = TLanes.MultiplyAdd(v, w5, y2);
                y3 = TLanes.MultiplyAdd(v, w4, y3);
                y4 = TLanes.MultiplyAdd(v, w3, y4);
                y5 = TLanes.MultiplyAdd(v, w2, y5);
                y6 = TLanes.MultiplyAdd(v, w1, y6);
                y7 = TLanes.MultiplyAdd(v, w0, y7);
                v = Pixel<TEdge>(x + (8 * channels), s + 8, end);
                y2 = TLanes.MultiplyAdd(v, w6, y2);
                y3 = TLanes.MultiplyAdd(v, w5, y3);
                y4 = TLanes.MultiplyAdd(v, w4, y4);
                y5 = TLanes.MultiplyAdd(v, w3, y5);
                y6 = TLanes.MultiplyAdd(v, w2, y6);
                y7 = TLanes.MultiplyAdd(v, w1, y7);
                v = Pixel<TEdge>(x + (9 * channels), s + 9, end);
                y3 = TLanes.MultiplyAdd(v, w6, y3);
                y4 = TLanes.MultiplyAdd(v, w5, y4);
                y5 = TLanes.MultiplyAdd(v, w4, y5);
                y6 = TLanes.MultiplyAdd(v, w3, y6);
                y7 = TLanes.MultiplyAdd(v, w2, y7);
                v = Pixel<TEdge>(x + (10 * channels), s + 10, end);
                y4 = TLanes.MultiplyAdd(v, w6, y4);
                y5 = TLanes.MultiplyAdd(v, w5, y5);
                y6 = TLanes.MultiplyAdd(v, w4, y6);
                y7 = TLanes.MultiplyAdd(v, w3, y7);
                v = Pixel<TEdge>(x + (11 * channels), s + 11, end);
                y5 = TLanes.MultiplyAdd(v, w6, y5);
                y6 = TLanes.MultiplyAdd(v, w5, y6);
                y7 = TLanes.MultiplyAdd(v, w4, y7);
                v = Pixel<TEdge>(x + (12 * channels), s + 12, end);
                y6 = TLanes.MultiplyAdd(v, w6, y6);
                y7 = TLanes.MultiplyAdd(v, w5, y7);
                v = Pixel<TEdge>(x + (13 * channels), s + 13, end);
                y7 = TLanes.MultiplyAdd(v, w6, y7);
            }

            float* y = Y + at;
            y0.Store(y);
            y1.Store(y + channels);
            y2.Store(y + (2 * channels));
            y3.Store(y + (3 * channels));
            y4.Store(y + (4 * channels));
            y5.Store(y + (5 * channels));
            y6.Store(y + (6 * channels));
            y7.Store(y + (7 * channels));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void OneColumn(int item, int column, int c)
        {
            int row = item % Height, left = Channels - c;
            long at = ((((long)item * Width) + column) * Channels) + c;
            var sum = TLanes.LoadUpTo(StartIsBias ? Start + c : Start + at, left);
            int firstTap = Math.Max(0, Padding - row), endTap = Math.Min(Kernel, Height + Padding - row);
            int firstColumn = Math.Max(0, Padding - column), endColumn = Math.Min(Kernel, Width + Padding - column);
            for (int i = firstTap; i < endTap; i++)
            {
                float* w = KernelValues + ((long)i * Kernel * Channels) + c;
                float* x = X + at + (((long)(i - Padding) * Width) - Padding) * Channels;
                for (int j = firstColumn; j < endColumn; j++)
                    sum = TLanes.MultiplyAdd(TLanes.LoadUpTo(x + ((long)j * Channels), left), TLanes.LoadUpTo(w + ((long)j * Channels), left), sum);
            }

            sum.StoreUpTo(Y + at, left);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TLanes Pixel<TEdge>(float* x, int column, int width) where TEdge : struct, IEdge =>
            !TEdge.Checks || (uint)column < (uint)width ? TLanes.Load(x) : TLanes.Zero;
    }

    /// <summary>Whether a run of pixels may reach beyond the row.</summary>
    private interface IEdge
    {
        static abstract bool Checks { get; }
    }

    private readonly struct Inside : IEdge
    {
        public static bool Checks => false;
    }

    private readonly struct AtEdge : IEdge
    {
        public static bool Checks => true;
    }
}
