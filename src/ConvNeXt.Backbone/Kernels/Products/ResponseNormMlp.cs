using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Kernels.Products;

/// <summary>
/// The second half of a V2 block: y = x + keep * gamma * (W2 grn(gelu(W1 layernorm(d) + b1)) + b2), with <see cref="GlobalResponseNorm"/> between the products.
/// <para>d, x, y: [images, pixels, channels], y is overwritten and may be x; otherwise as <see cref="FusedMlp"/>.</para>
/// <para>The norm needs every pixel of an image before the second product can start, so the hidden activation of an image is stored in memory: recomputing it
/// would add half of the block's products. Images are processed in groups of bounded size: a batch takes no more memory than one group or one large image, and
/// small images still use all threads. Results are bit-identical in any group.</para>
/// <para>Threads: as in each product and norm.</para>
/// </summary>
internal static unsafe class ResponseNormMlp
{
    /// <summary>Maximum number of floats of a group of more than one image.</summary>
    private const long GroupFloats = 1024 * 1024;

    /// <summary>Floats of the hidden buffer, sufficient for up to this many images of up to this many pixels.</summary>
    public static long HiddenFloats(int images, int pixels, int channels)
    {
        long each = ImageFloats(pixels, channels);
        return Math.Min(images * each, Math.Max(each, GroupFloats));
    }

    /// <summary>Computes the block's second half.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="operands">Weights, and the buffer for the pre-activation.</param>
    /// <param name="d">Output of the depthwise convolution.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="pixels">Number of pixels of each image.</param>
    /// <param name="hidden">Buffer of <see cref="HiddenFloats"/> floats.</param>
    public static void Forward<TLanes>(WorkerTeam team, in MlpOperands<TLanes> operands, float* d, int images, int pixels, float* hidden)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int channels = operands.Channels, wide = FusedMlp.Expansion * channels;
        int group = (int)Math.Clamp(GroupFloats / ImageFloats(pixels, channels), 1, images);
        for (int first = 0; first < images; first += group)
        {
            int count = Math.Min(group, images - first), rows = count * pixels;
            float* normalized = hidden, activation = normalized + ((long)rows * channels), statistics = activation + ((long)rows * wide);
            LayerNorm.Forward<TLanes>(
                team, d + ((long)first * pixels * channels), rows, channels, operands.NormWeight, operands.NormBias, normalized, operands.NormEpsilon);
            MatrixProduct.Run<TLanes, GeluEpilogue<TLanes>>(
                team, normalized, channels, rows, operands.Weight1, channels, wide, operands.First(activation, wide, first * pixels), operands.ChainSteps);
            GlobalResponseNorm.Forward<TLanes>(team, activation, count, pixels, wide, operands.ResponseGamma, operands.ResponseBeta, statistics, activation);
            MatrixProduct.Run<TLanes, ResidualEpilogue<TLanes>>(
                team, activation, wide, rows, operands.Weight2, wide, channels, operands.Residual.From(first), operands.ChainSteps);
        }
    }

    private static long ImageFloats(int pixels, int channels) =>
        ((1L + FusedMlp.Expansion) * pixels * channels) + GlobalResponseNorm.StatisticsFloats(1, pixels, FusedMlp.Expansion * channels);
}
