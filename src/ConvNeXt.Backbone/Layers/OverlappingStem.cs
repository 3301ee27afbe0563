using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>timm's "ols" stems: two 3x3 convolutions with stride 2 and padding 1, without activation between them, then layer normalization.</summary>
internal sealed unsafe class OverlappingStem<TLanes> : Stem<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Taps = FeatureShape.OverlappingKernel * FeatureShape.OverlappingKernel;

    private readonly int _between;
    private readonly LinearLayer<TLanes> _first;
    private readonly LinearLayer<TLanes> _second;
    private readonly NormLayer<TLanes> _norm;

    public OverlappingStem(NetworkParameters parameters)
    {
        int width = parameters.Config.Widths[0];
        _between = parameters.Config.OverlappingStemWidth!.Value;
        _first = new LinearLayer<TLanes>(parameters, "downsample_layers.0.0", Taps * FeatureShape.ImageChannels, _between);
        _second = new LinearLayer<TLanes>(parameters, "downsample_layers.0.1", Taps * _between, width);
        _norm = new NormLayer<TLanes>(parameters, "downsample_layers.0.2", width);
    }

    public override long TransposedFloats => _second.TransposedFloats;

    public override long PatchFloats(int images, int height, int width)
    {
        var between = Between(images, height, width);
        long first = (long)between.Rows * Taps * FeatureShape.ImageChannels, second = (long)between.AfterOverlappingConvolution(1).Rows * Taps * _between;
        return Math.Max(first, second);
    }

    public override long BetweenFloats(int images, int height, int width) => Between(images, height, width).Size;

    public override long PartialFloats(int images, int height, int width) => ColumnSums.PartialFloats(Between(images, height, width).Rows, _between);

    public override void Forward(WorkerTeam team, float* images, int height, int width, in FeatureShape shape, float* patches, in StemActivations kept, float* y)
    {
        var between = Between(shape.Images, height, width);
        OverlappingPatches.Gather(team, images, shape.Images, height, width, FeatureShape.ImageChannels, patches);
        _first.Forward(team, patches, between.Rows, kept.Between);
        OverlappingPatches.Gather(team, kept.Between, shape.Images, between.Height, between.Width, _between, patches);
        _second.Forward(team, patches, shape.Rows, kept.Convolved);
        _norm.Forward(team, kept.Convolved, shape.Rows, y);
    }

    public override void Backward(BackwardBuffers buffers, float* images, int height, int width, in FeatureShape shape, in StemActivations kept, float* gradient)
    {
        var team = buffers.Scratch.Team;
        var between = Between(shape.Images, height, width);
        _norm.Backward(team, kept.Convolved, gradient, shape.Rows, gradient, buffers.Partials);
        _second.BackwardBias(team, gradient, shape.Rows, buffers.Partials);
        OverlappingPatches.Gather(team, kept.Between, shape.Images, between.Height, between.Width, _between, buffers.Wide);
        _second.BackwardWeight(buffers.Scratch, buffers.Wide, gradient, shape.Rows);
        _second.BackwardInput(team, gradient, shape.Rows, buffers.Transposed, buffers.Wide);

        float* dBetween = kept.Between;
        OverlappingPatches.Scatter<TLanes>(team, buffers.Wide, shape.Images, between.Height, between.Width, _between, dBetween);
        _first.BackwardBias(team, dBetween, between.Rows, buffers.Partials);
        OverlappingPatches.Gather(team, images, shape.Images, height, width, FeatureShape.ImageChannels, buffers.Wide);
        _first.BackwardWeight(buffers.Scratch, buffers.Wide, dBetween, between.Rows);
    }

    private FeatureShape Between(int images, int height, int width) =>
        new FeatureShape(images, height, width, FeatureShape.ImageChannels).AfterOverlappingConvolution(_between);
}
