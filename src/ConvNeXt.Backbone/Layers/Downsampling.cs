using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>The layer between two stages: layer normalization, then a 2x2 convolution with stride 2. [n, h, w, c] becomes [n, h / 2, w / 2, c'].</summary>
internal sealed unsafe class Downsampling<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Patch = FeatureShape.DownsamplingPatch;

    private readonly NormLayer<TLanes> _norm;
    private readonly LinearLayer<TLanes> _convolution;
    private readonly int _channels;
    private bool _isFolded;
    private QuantizedLinear<TLanes>? _quantized;

    public Downsampling(NetworkParameters parameters, int stage)
    {
        int from = parameters.Config.Widths[stage - 1], to = parameters.Config.Widths[stage];
        _channels = from;
        _norm = new NormLayer<TLanes>(parameters, $"downsample_layers.{stage}.0", from);
        _convolution = new LinearLayer<TLanes>(parameters, $"downsample_layers.{stage}.1", Patch * Patch * from, to);
    }

    /// <summary>Floats of the transposed weight that backward needs.</summary>
    public long TransposedFloats => _convolution.TransposedFloats;

    /// <summary>Floats of the gathered patches.</summary>
    public static long PatchFloats(in FeatureShape from) => (long)from.Images * (from.Height / Patch) * (from.Width / Patch) * Patch * Patch * from.Channels;

    /// <summary>Permanently merges the norm's weight and bias into the convolution.</summary>
    public void Fold(WorkerTeam team)
    {
        if (_isFolded) throw new InvalidOperationException("The layer is already folded.");
        _convolution.FoldInput(team, _norm.Weight, _norm.Bias, _channels);
        _isFolded = true;
    }

    /// <summary>Plans the memory for 8-bit weights.</summary>
    public void PlanQuantized(QuantizedKernels<TLanes> kernels, ArenaPlan plan) => _quantized = new QuantizedLinear<TLanes>(kernels, _convolution, plan);

    /// <summary>Rounds the weights, which must be folded, if they were planned; scoring then uses the rounded ones.</summary>
    public void Quantize(WorkerTeam team, NativeArena arena) => _quantized?.Pack(team, arena);

    /// <summary>Floats of the buffer that a quantized layer needs.</summary>
    public long HiddenFloats(in FeatureShape to) => _quantized?.BufferFloats(to.Rows) ?? 0;

    /// <summary>Forward for scoring. hidden: buffer of <see cref="HiddenFloats"/>; the others as in training.</summary>
    public void Forward(WorkerTeam team, float* x, in FeatureShape from, in FeatureShape to, float* normalized, float* patches, float* hidden, float* y)
    {
        if (_quantized is null)
        {
            Forward(team, x, from, to, normalized, patches, y);
            return;
        }

        Gather(team, x, from, normalized, patches);
        _quantized.Forward(team, patches, to.Rows, hidden, y);
    }

    /// <summary>Computes y, which may be x. normalized: memory of x's shape; patches: memory of <see cref="PatchFloats"/> floats.</summary>
    public void Forward(WorkerTeam team, float* x, in FeatureShape from, in FeatureShape to, float* normalized, float* patches, float* y)
    {
        Gather(team, x, from, normalized, patches);
        _convolution.Forward(team, patches, to.Rows, y, _isFolded ? GemmTile.LongChainSteps : GemmTile.ChainSteps);
    }

    /// <summary>Overwrites the gradient of y with that of x; adds to the parameters' gradients.</summary>
    public void Backward(BackwardBuffers buffers, float* x, in FeatureShape from, in FeatureShape to, float* gradient)
    {
        var team = buffers.Scratch.Team;
        _convolution.BackwardBias(team, gradient, to.Rows, buffers.Partials);
        Gather(team, x, from, buffers.Narrow, buffers.Wide);
        _convolution.BackwardWeight(buffers.Scratch, buffers.Wide, gradient, to.Rows);
        _convolution.BackwardInput(team, gradient, to.Rows, buffers.Transposed, buffers.Wide);
        Patches.Scatter(team, buffers.Wide, from.Images, from.Height, from.Width, from.Channels, Patch, buffers.Narrow);
        _norm.Backward(team, x, buffers.Narrow, from.Rows, gradient, buffers.Partials);
    }

    private void Gather(WorkerTeam team, float* x, in FeatureShape from, float* normalized, float* patches)
    {
        _norm.Forward(team, x, from.Rows, normalized, isAffine: !_isFolded);
        Patches.Gather(team, normalized, from.Images, from.Height, from.Width, from.Channels, Patch, patches);
    }
}
