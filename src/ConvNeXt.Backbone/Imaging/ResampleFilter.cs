using System.Buffers;

namespace ConvNeXt.Backbone.Imaging;

/// <summary>
/// The taps of one resampling pass along one axis, computed as in Pillow. Output position x has its center at (x + 0.5) * scale in the source; the kernel is
/// stretched by the scale when shrinking; weights are normalized to sum 1 and quantized to fixed point with 22 bits. The tables are pooled, because each image
/// needs two.
/// </summary>
internal sealed class ResampleFilter : IDisposable
{
    /// <summary>Fraction bits of the weights: 32, minus 8 for a pixel, minus 2 for overshoot and sign.</summary>
    internal const int FractionBits = 22;

    private readonly int[] _starts;
    private readonly int[] _counts;
    private readonly int[] _weights;
    private readonly int _stride;
    private readonly int _size;

    /// <summary>Computes the taps for a window of the output.</summary>
    /// <param name="sourceSize">Number of source pixels along the axis.</param>
    /// <param name="outputSize">Number of pixels of the whole output.</param>
    /// <param name="windowStart">First output pixel of the window.</param>
    /// <param name="windowSize">Number of output pixels in the window.</param>
    /// <param name="interpolation">The kernel.</param>
    internal ResampleFilter(int sourceSize, int outputSize, int windowStart, int windowSize, Interpolation interpolation)
    {
        double scale = (double)sourceSize / outputSize;
        double stretch = Math.Max(scale, 1.0);
        double support = (interpolation == Interpolation.Bicubic ? 2.0 : 1.0) * stretch;
        _stride = Math.Min(2 * (int)Math.Ceiling(support) + 1, sourceSize);
        _size = windowSize;
        _starts = ArrayPool<int>.Shared.Rent(windowSize);
        _counts = ArrayPool<int>.Shared.Rent(windowSize);
        _weights = ArrayPool<int>.Shared.Rent(windowSize * _stride);
        double[] exact = ArrayPool<double>.Shared.Rent(_stride);
        for (int i = 0; i < windowSize; i++)
        {
            double center = (windowStart + i + 0.5) * scale;
            int start = Math.Max((int)(center - support + 0.5), 0);
            int count = Math.Min((int)(center + support + 0.5), sourceSize) - start;
            double sum = 0;
            for (int tap = 0; tap < count; tap++) sum += exact[tap] = Kernel((start + tap - center + 0.5) * (1.0 / stretch), interpolation);
            for (int tap = 0; tap < count; tap++) _weights[i * _stride + tap] = Quantise(sum != 0 ? exact[tap] / sum : exact[tap]);
            (_starts[i], _counts[i]) = (start, count);
        }
        ArrayPool<double>.Shared.Return(exact);
    }

    /// <summary>First source pixel that any output pixel reads.</summary>
    internal int FirstSource => _starts[0];

    /// <summary>One past the last source pixel that any output pixel reads.</summary>
    internal int EndSource => _starts[_size - 1] + _counts[_size - 1];

    internal int Start(int output) => _starts[output];

    internal ReadOnlySpan<int> Weights(int output) => _weights.AsSpan(output * _stride, _counts[output]);

    /// <summary>Returns the tables to the pool. To be called once, by the owner.</summary>
    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_starts);
        ArrayPool<int>.Shared.Return(_counts);
        ArrayPool<int>.Shared.Return(_weights);
    }

    private static int Quantise(double weight) => (int)(weight * (1 << FractionBits) + (weight < 0 ? -0.5 : 0.5));

    private static double Kernel(double x, Interpolation interpolation)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        if (interpolation == Interpolation.Bilinear) return x < 1.0 ? 1.0 - x : 0.0;
        if (x < 1.0) return ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
        return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * A : 0.0;
    }
}
