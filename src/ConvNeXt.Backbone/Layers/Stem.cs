using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels;

namespace ConvNeXt.Backbone.Layers;

/// <summary>The stem: convolution of 4x4 patches with stride 4, then layer normalisation. [n, h, w, 3] becomes [n, h / 4, w / 4, width 0].</summary>
internal sealed unsafe class Stem<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int ImageChannels = 3;
    private const int Patch = FeatureShape.StemPatch;

    /// <summary>Values of a patch.</summary>
    public const int PatchFloats = Patch * Patch * ImageChannels;

    private readonly LinearLayer<TLanes> _convolution;
    private readonly NormLayer<TLanes> _norm;

    public Stem(NetworkParameters parameters)
    {
        int width = parameters.Config.Widths[0];
        _convolution = new LinearLayer<TLanes>(parameters, "downsample_layers.0.0", PatchFloats, width);
        _norm = new NormLayer<TLanes>(parameters, "downsample_layers.0.1", width);
    }

    /// <summary>Computes y.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="images">[n, height, width, 3].</param>
    /// <param name="height">Image height.</param>
    /// <param name="width">Image width.</param>
    /// <param name="shape">Shape of the result.</param>
    /// <param name="patches">Memory for [rows, <see cref="PatchFloats"/>].</param>
    /// <param name="convolved">Receives the convolution's result, kept for backward; may be y.</param>
    /// <param name="y">Result.</param>
    public void Forward(WorkerTeam team, float* images, int height, int width, in FeatureShape shape, float* patches, float* convolved, float* y)
    {
        Patches.Gather(team, images, shape.Images, height, width, ImageChannels, Patch, patches);
        _convolution.Forward(team, patches, shape.Rows, convolved);
        _norm.Forward(team, convolved, shape.Rows, y);
    }

    /// <summary>Adds to the parameters' gradients; the gradient is used up (images need none).</summary>
    public void Backward(BackwardBuffers buffers, float* images, int height, int width, in FeatureShape shape, float* convolved, float* gradient)
    {
        var team = buffers.Scratch.Team;
        _norm.Backward(team, convolved, gradient, shape.Rows, gradient, buffers.Partials);
        _convolution.BackwardBias(team, gradient, shape.Rows, buffers.Partials);
        Patches.Gather(team, images, shape.Images, height, width, ImageChannels, Patch, buffers.Wide);
        _convolution.BackwardWeight(buffers.Scratch, buffers.Wide, gradient, shape.Rows);
    }
}
