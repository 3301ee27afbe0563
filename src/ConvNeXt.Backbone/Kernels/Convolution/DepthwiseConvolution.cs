using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Convolution;

/// <summary>
/// Depthwise 7x7 convolution with padding 3: y[n, r, s, c] = start + sum over i, j in 0..6 of x[n, r + i - 3, s + j - 3, c] * kernel[i, j, c]; pixels outside
/// the image are zero.
/// <para>x, y: [images, height, width, channels]; kernel: [7, 7, channels]; start: a bias [channels], or a tensor of y's shape (which may be y itself). y is
/// overwritten.</para>
/// <para>Backward to x is the same sum over dy with the kernel rotated by 180 degrees (<see cref="Turn"/>), with the gradient that reaches x through the
/// shortcut as its start. For the parameters' gradients see <see cref="DepthwiseGradient"/>.</para>
/// <para>Channels are processed one register at a time, for a band of rows: their pixels, which are far apart in memory, are first copied into a
/// <see cref="DepthwisePlane{TLanes}"/>.</para>
/// <para>Each output is one chain of fused multiply-adds in the order of the kernel. Threads: one item is an image, a band of rows and some channels; nothing
/// is summed across items.</para>
/// </summary>
internal static unsafe class DepthwiseConvolution
{
    public const int Kernel = 7;
    public const int Taps = Kernel * Kernel;
    public const int Padding = Kernel / 2;

    private const int ItemsPerThread = 4;

    /// <summary>Floats of scratch memory per worker for images of a width.</summary>
    public static long ScratchFloats<TLanes>(int width) where TLanes : unmanaged, ILanes<TLanes> => DepthwisePlane<TLanes>.MaxFloats(width);

    /// <summary>y = bias + x * kernel.</summary>
    public static void Forward<TLanes>(Scratch scratch, float* x, int images, int height, int width, int channels, float* kernel, float* bias, float* y)
        where TLanes : unmanaged, ILanes<TLanes> =>
        Run<TLanes>(scratch, images, new BandTask<TLanes> { X = x, Height = height, Width = width, Channels = channels, KernelValues = kernel, Start = bias, StartIsBias = true, Y = y });

    /// <summary>y += x * kernel.</summary>
    public static void Add<TLanes>(Scratch scratch, float* x, int images, int height, int width, int channels, float* kernel, float* y)
        where TLanes : unmanaged, ILanes<TLanes> =>
        Run<TLanes>(scratch, images, new BandTask<TLanes> { X = x, Height = height, Width = width, Channels = channels, KernelValues = kernel, Start = y, Y = y });

    /// <summary>Rotates the kernel by 180 degrees.</summary>
    public static void Turn(float* kernel, int channels, float* turned)
    {
        for (int tap = 0; tap < Taps; tap++)
            new ReadOnlySpan<float>(kernel + ((long)tap * channels), channels).CopyTo(new Span<float>(turned + ((long)(Taps - 1 - tap) * channels), channels));
    }

    /// <summary>Plain loops in double precision.</summary>
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

    private static void Run<TLanes>(Scratch scratch, int images, BandTask<TLanes> task) where TLanes : unmanaged, ILanes<TLanes>
    {
        int registers = (task.Channels + TLanes.Count - 1) / TLanes.Count;
        task.Bands = DepthwisePlane<TLanes>.Bands(task.Height, task.Width);
        int chunks = Math.Clamp(ItemsPerThread * scratch.Team.ThreadCount / (images * task.Bands), 1, registers);
        task.ChunkRegisters = (registers + chunks - 1) / chunks;
        task.Chunks = (registers + task.ChunkRegisters - 1) / task.ChunkRegisters;
        task.Scratch = scratch.View;
        scratch.Team.Run(in task, images * task.Bands * task.Chunks);
    }

    private struct BandTask<TLanes> : IParallelTask where TLanes : unmanaged, ILanes<TLanes>
    {
        public float* X;
        public int Height;
        public int Width;
        public int Channels;
        public float* KernelValues;
        public float* Start;
        public bool StartIsBias;
        public float* Y;
        public int Bands;
        public int Chunks;
        public int ChunkRegisters;
        public ScratchView Scratch;

        public readonly void Run(int item, int worker)
        {
            int chunk = item % Chunks, band = item / Chunks % Bands, image = item / Chunks / Bands;
            long first = (long)image * Height * Width * Channels;
            int firstRow = (int)((long)Height * band / Bands), endRow = (int)((long)Height * (band + 1) / Bands);
            float* weights = stackalloc float[Taps * TLanes.Count];
            int end = Math.Min(Channels, (chunk + 1) * ChunkRegisters * TLanes.Count);
            for (int c = chunk * ChunkRegisters * TLanes.Count; c < end; c += TLanes.Count)
            {
                var plane = new DepthwisePlane<TLanes>(Scratch.Of(worker), X + first + c, Height, Width, Channels, Channels - c, firstRow, endRow);
                for (int tap = 0; tap < Taps; tap++) TLanes.LoadUpTo(KernelValues + ((long)tap * Channels) + c, Channels - c).Store(weights + (tap * TLanes.Count));
                if (DepthwisePlane<TLanes>.SevenTogether(Width)) Rows<Seven>(plane, first, c, firstRow, endRow, weights);
                else Rows<Eight>(plane, first, c, firstRow, endRow, weights);
            }
        }

        private readonly void Rows<TTogether>(in DepthwisePlane<TLanes> plane, long image, int c, int firstRow, int endRow, float* weights) where TTogether : struct, ITogether
        {
            int left = Channels - c;
            float* staged = stackalloc float[DepthwisePlane<TLanes>.MostTogether * TLanes.Count];
            for (int row = firstRow; row < endRow; row++)
            {
                int firstTap = Math.Max(0, Padding - row), taps = Math.Min(Kernel, Height + Padding - row) - firstTap;
                float* kernel = weights + (firstTap * Kernel * TLanes.Count);
                for (int column = 0; column < Width; column += TTogether.Count)
                {
                    float* source = plane.At(row + firstTap - Padding, column);
                    long at = image + ((((long)row * Width) + column) * Channels) + c;
                    int columns = Width - column;
                    if (columns >= TTogether.Count && left >= TLanes.Count)
                    {
                        Columns<TTogether>(source, plane.RowStride, kernel, taps, StartIsBias ? Start + c : Start + at, StartIsBias ? 0 : Channels, Y + at, Channels);
                        continue;
                    }

                    // Outputs that do not fill the registers, in columns or channels, are staged on the stack.
                    for (int i = 0; i < Math.Min(columns, TTogether.Count); i++)
                        TLanes.LoadUpTo(StartIsBias ? Start + c : Start + at + ((long)i * Channels), left).Store(staged + (i * TLanes.Count));
                    Columns<TTogether>(source, plane.RowStride, kernel, taps, staged, TLanes.Count, staged, TLanes.Count);
                    for (int i = 0; i < Math.Min(columns, TTogether.Count); i++)
                        TLanes.Load(staged + (i * TLanes.Count)).StoreUpTo(Y + at + ((long)i * Channels), left);
                }
            }
        }

        // Keeps 8 (or 7) outputs of a row in registers over all rows of the kernel: 8 outputs, 7 weights and a pixel.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Columns<TTogether>(float* x, nint rowStride, float* w, int taps, float* start, nint step, float* y, nint yStep) where TTogether : struct, ITogether
        {
            TLanes y0 = TLanes.Load(start), y1 = TLanes.Load(start + step), y2 = TLanes.Load(start + (2 * step)), y3 = TLanes.Load(start + (3 * step));
            TLanes y4 = TLanes.Load(start + (4 * step)), y5 = TLanes.Load(start + (5 * step)), y6 = TLanes.Load(start + (6 * step));
            TLanes y7 = TTogether.Count > 7 ? TLanes.Load(start + (7 * step)) : TLanes.Zero;
            for (int i = 0; i < taps; i++)
            {
                TLanes w0 = TLanes.Load(w), w1 = TLanes.Load(w + TLanes.Count), w2 = TLanes.Load(w + (2 * TLanes.Count)), w3 = TLanes.Load(w + (3 * TLanes.Count));
                TLanes w4 = TLanes.Load(w + (4 * TLanes.Count)), w5 = TLanes.Load(w + (5 * TLanes.Count)), w6 = TLanes.Load(w + (6 * TLanes.Count));

                // Pixels from left to right; each is added to all outputs whose kernel covers it.
                var v = TLanes.Load(x);
                y0 = TLanes.MultiplyAdd(v, w0, y0);
                v = TLanes.Load(x + TLanes.Count);
                y0 = TLanes.MultiplyAdd(v, w1, y0);
                y1 = TLanes.MultiplyAdd(v, w0, y1);
                v = TLanes.Load(x + (2 * TLanes.Count));
                y0 = TLanes.MultiplyAdd(v, w2, y0);
                y1 = TLanes.MultiplyAdd(v, w1, y1);
                y2 = TLanes.MultiplyAdd(v, w0, y2);
                v = TLanes.Load(x + (3 * TLanes.Count));
                y0 = TLanes.MultiplyAdd(v, w3, y0);
                y1 = TLanes.MultiplyAdd(v, w2, y1);
                y2 = TLanes.MultiplyAdd(v, w1, y2);
                y3 = TLanes.MultiplyAdd(v, w0, y3);
                v = TLanes.Load(x + (4 * TLanes.Count));
                y0 = TLanes.MultiplyAdd(v, w4, y0);
                y1 = TLanes.MultiplyAdd(v, w3, y1);
                y2 = TLanes.MultiplyAdd(v, w2, y2);
                y3 = TLanes.MultiplyAdd(v, w1, y3);
                y4 = TLanes.MultiplyAdd(v, w0, y4);
                v = TLanes.Load(x + (5 * TLanes.Count));
                y0 = TLanes.MultiplyAdd(v, w5, y0);
                y1 = TLanes.MultiplyAdd(v, w4, y1);
                y2 = TLanes.MultiplyAdd(v, w3, y2);
                y3 = TLanes.MultiplyAdd(v, w2, y3);
                y4 = TLanes.MultiplyAdd(v, w1, y4);
                y5 = TLanes.MultiplyAdd(v, w0, y5);
                v = TLanes.Load(x + (6 * TLanes.Count));
                y0 = TLanes.MultiplyAdd(v, w6, y0);
                y1 = TLanes.MultiplyAdd(v, w5, y1);
                y2 = TLanes.MultiplyAdd(v, w4, y2);
                y3 = TLanes.MultiplyAdd(v, w3, y3);
                y4 = TLanes.MultiplyAdd(v, w2, y4);
                y5 = TLanes.MultiplyAdd(v, w1, y5);
                y6 = TLanes.MultiplyAdd(v, w0, y6);
                v = TLanes.Load(x + (7 * TLanes.Count));
                y1 = TLanes.MultiplyAdd(v, w6, y1);
                y2 = TLanes.MultiplyAdd(v, w5, y2);
                y3 = TLanes.MultiplyAdd(v, w4, y3);
                y4 = TLanes.MultiplyAdd(v, w3, y4);
                y5 = TLanes.MultiplyAdd(v, w2, y5);
                y6 = TLanes.MultiplyAdd(v, w1, y6);
                if (TTogether.Count > 7) y7 = TLanes.MultiplyAdd(v, w0, y7);
                v = TLanes.Load(x + (8 * TLanes.Count));
                y2 = TLanes.MultiplyAdd(v, w6, y2);
                y3 = TLanes.MultiplyAdd(v, w5, y3);
                y4 = TLanes.MultiplyAdd(v, w4, y4);
                y5 = TLanes.MultiplyAdd(v, w3, y5);
                y6 = TLanes.MultiplyAdd(v, w2, y6);
                if (TTogether.Count > 7) y7 = TLanes.MultiplyAdd(v, w1, y7);
                v = TLanes.Load(x + (9 * TLanes.Count));
                y3 = TLanes.MultiplyAdd(v, w6, y3);
                y4 = TLanes.MultiplyAdd(v, w5, y4);
                y5 = TLanes.MultiplyAdd(v, w4, y5);
                y6 = TLanes.MultiplyAdd(v, w3, y6);
                if (TTogether.Count > 7) y7 = TLanes.MultiplyAdd(v, w2, y7);
                v = TLanes.Load(x + (10 * TLanes.Count));
                y4 = TLanes.MultiplyAdd(v, w6, y4);
                y5 = TLanes.MultiplyAdd(v, w5, y5);
                y6 = TLanes.MultiplyAdd(v, w4, y6);
                if (TTogether.Count > 7) y7 = TLanes.MultiplyAdd(v, w3, y7);
                v = TLanes.Load(x + (11 * TLanes.Count));
                y5 = TLanes.MultiplyAdd(v, w6, y5);
                y6 = TLanes.MultiplyAdd(v, w5, y6);
                if (TTogether.Count > 7) y7 = TLanes.MultiplyAdd(v, w4, y7);
                v = TLanes.Load(x + (12 * TLanes.Count));
                y6 = TLanes.MultiplyAdd(v, w6, y6);
                if (TTogether.Count > 7)
                {
                    y7 = TLanes.MultiplyAdd(v, w5, y7);
                    y7 = TLanes.MultiplyAdd(TLanes.Load(x + (13 * TLanes.Count)), w6, y7);
                }

                x += rowStride;
                w += Kernel * TLanes.Count;
            }

            y0.Store(y);
            y1.Store(y + yStep);
            y2.Store(y + (2 * yStep));
            y3.Store(y + (3 * yStep));
            y4.Store(y + (4 * yStep));
            y5.Store(y + (5 * yStep));
            y6.Store(y + (6 * yStep));
            if (TTogether.Count > 7) y7.Store(y + (7 * yStep));
        }
    }

    /// <summary>Number of outputs that are computed together.</summary>
    private interface ITogether
    {
        static abstract int Count { get; }
    }

    private readonly struct Seven : ITogether
    {
        public static int Count => 7;
    }

    private readonly struct Eight : ITogether
    {
        public static int Count => 8;
    }
}
