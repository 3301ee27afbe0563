using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels;

namespace ConvNeXt.Backbone.Layers;

/// <summary>The head: global average pooling, layer normalisation, linear layer. [n, h, w, c] becomes features [n, c] and logits [n, classes].</summary>
internal sealed unsafe class Head<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly NormLayer<TLanes> _norm;
    private readonly LinearLayer<TLanes> _classifier;

    public Head(NetworkParameters parameters)
    {
        int width = parameters.Config.Widths[^1];
        _norm = new NormLayer<TLanes>(parameters, "norm", width);
        _classifier = new LinearLayer<TLanes>(parameters, "head", width, parameters.Config.ClassCount);
    }

    /// <summary>Floats of the transposed weight that backward needs.</summary>
    public long TransposedFloats => _classifier.TransposedFloats;

    /// <summary>Computes features, and logits where they are wanted (not null). pooled: [n, c], kept for backward.</summary>
    public void Forward(WorkerTeam team, float* x, in FeatureShape shape, float* pooled, float* features, float* logits)
    {
        GlobalAveragePool.Forward<TLanes>(team, x, shape.Images, shape.Pixels, shape.Channels, pooled);
        _norm.Forward(team, pooled, shape.Images, features);
        if (logits != null) _classifier.Forward(team, features, shape.Images, logits);
    }

    /// <summary>From the gradient of the logits to that of x, overwritten; adds to the parameters' gradients. features: what forward computed; used up.</summary>
    public void Backward(BackwardBuffers buffers, float* dLogits, in FeatureShape shape, float* pooled, float* features, float* dx)
    {
        var team = buffers.Scratch.Team;
        _classifier.BackwardBias(team, dLogits, shape.Images, buffers.Partials);
        _classifier.BackwardWeight(buffers.Scratch, features, dLogits, shape.Images);
        float* dFeatures = features;
        _classifier.BackwardInput(team, dLogits, shape.Images, buffers.Transposed, dFeatures);
        _norm.Backward(team, pooled, dFeatures, shape.Images, dFeatures, buffers.Partials);
        GlobalAveragePool.Backward<TLanes>(team, dFeatures, shape.Images, shape.Pixels, shape.Channels, dx);
    }
}
