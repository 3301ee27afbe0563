using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Quantized;

/// <summary>
/// The second half of a V2 block for scoring, with both products of 8-bit integers, as <see cref="QuantizedMlp"/>, and <see cref="GlobalResponseNorm"/> in
/// float32 between GELU and the second product.
/// <para>d, x, y: [images, pixels, channels]. Images are processed in groups of bounded size, as in <see cref="ResponseNormMlp"/>.</para>
/// </summary>
internal static unsafe class QuantizedResponseNormMlp
{
    /// <summary>Maximum number of floats of a group of more than one image.</summary>
    private const long GroupFloats = 1024 * 1024;

    /// <summary>Floats of the hidden buffer, sufficient for up to this many images of up to this many pixels.</summary>
    public static long HiddenFloats<TDot>(int images, int pixels, int channels) where TDot : unmanaged, IDotLanes<TDot>
    {
        long each = ImageFloats<TDot>(pixels, channels);
        return Math.Min(images * each, Math.Max(each, GroupFloats));
    }

    /// <summary>Computes the block's second half.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="operands">Weights.</param>
    /// <param name="d">Output of the depthwise convolution.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="pixels">Number of pixels of each image.</param>
    /// <param name="hidden">Buffer of <see cref="HiddenFloats"/> floats.</param>
    public static void Forward<TLanes, TDot>(WorkerTeam team, in QuantizedMlpOperands<TLanes> operands, float* d, int images, int pixels, float* hidden)
        where TLanes : unmanaged, ILanes<TLanes>
        where TDot : unmanaged, IDotLanes<TDot>
    {
        int channels = operands.Channels, wide = FusedMlp.Expansion * channels;
        int group = (int)Math.Clamp(GroupFloats / ImageFloats<TDot>(pixels, channels), 1, images);
        for (int first = 0; first < images; first += group)
        {
            int count = Math.Min(group, images - first), rows = count * pixels;
            float* activation = hidden + QuantizedRows.Floats<TDot>(rows, channels), statistics = activation + ((long)rows * wide);
            var normalized = QuantizedOperand.In<TDot>(hidden, rows, channels);
            var rounded = QuantizedOperand.In<TDot>(statistics + GlobalResponseNorm.StatisticsFloats(count, pixels, wide), rows, wide);
            QuantizedRows.Normalize<TLanes, TDot>(team, d + ((long)first * pixels * channels), rows, channels, operands.NormEpsilon, normalized);
            QuantizedProduct.Run<TLanes, TDot, GeluEpilogue<TLanes>>(team, normalized, rows, operands.Weights1, operands.First(activation, wide));
            GlobalResponseNorm.Forward<TLanes>(team, activation, count, pixels, wide, operands.ResponseGamma, operands.ResponseBeta, statistics, activation);
            QuantizedRows.Quantize<TLanes, TDot>(team, activation, rows, wide, rounded);
            QuantizedProduct.Run<TLanes, TDot, ResidualEpilogue<TLanes>>(team, rounded, rows, operands.Weights2, operands.Residual.From(first));
        }
    }

    private static long ImageFloats<TDot>(int pixels, int channels) where TDot : unmanaged, IDotLanes<TDot>
    {
        int wide = FusedMlp.Expansion * channels;
        return QuantizedRows.Floats<TDot>(pixels, channels) + ((long)pixels * wide) + GlobalResponseNorm.StatisticsFloats(1, pixels, wide)
            + QuantizedRows.Floats<TDot>(pixels, wide);
    }
}
