using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>
/// The official stem: a 4x4 convolution with stride 4, then layer normalization. In an isotropic network the convolution is 16x16 with stride 16, and there is
/// no norm. Pixels beyond the last whole patch are ignored.
/// </summary>
internal sealed unsafe class PatchStem<TLanes> : Stem<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int ImageChannels = FeatureShape.ImageChannels;

    private readonly int _patch;
    private readonly LinearLayer<TLanes> _convolution;
    private readonly NormLayer<TLanes>? _norm;

    public PatchStem(NetworkParameters parameters)
    {
        var config = parameters.Config;
        int width = config.Widths[0];
        _patch = config.IsIsotropic ? FeatureShape.IsotropicStemPatch : FeatureShape.StemPatch;
        _convolution = new LinearLayer<TLanes>(parameters, config.IsIsotropic ? "stem" : "downsample_layers.0.0", _patch * _patch * ImageChannels, width);
        _norm = config.IsIsotropic ? null : new NormLayer<TLanes>(parameters, "downsample_layers.0.1", width);
    }

    public override long PatchFloats(int images, int height, int width) => (long)images * (height / _patch) * (width / _patch) * _patch * _patch * ImageChannels;

    public override void Forward(WorkerTeam team, float* images, int height, int width, in FeatureShape shape, float* patches, in StemActivations kept, float* y)
    {
        Patches.Gather(team, images, shape.Images, height, width, ImageChannels, _patch, patches);
        _convolution.Forward(team, patches, shape.Rows, _norm is null ? y : kept.Convolved);
        _norm?.Forward(team, kept.Convolved, shape.Rows, y);
    }

    public override void Backward(BackwardBuffers buffers, float* images, int height, int width, in FeatureShape shape, in StemActivations kept, float* gradient)
    {
        var team = buffers.Scratch.Team;
        _norm?.Backward(team, kept.Convolved, gradient, shape.Rows, gradient, buffers.Partials);
        _convolution.BackwardBias(team, gradient, shape.Rows, buffers.Partials);
        Patches.Gather(team, images, shape.Images, height, width, ImageChannels, _patch, buffers.Wide);
        _convolution.BackwardWeight(buffers.Scratch, buffers.Wide, gradient, shape.Rows);
    }
}
