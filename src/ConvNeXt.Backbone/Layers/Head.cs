using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;
namespace ConvNeXt.Backbone.Layers;

/// <summary>
/// The head: global average pooling, layer normalisation, linear layer. [n, h, w, c] becomes features and logits [n, classes]. By configuration the norm comes
/// before pooling, and a hidden linear layer with GELU before the classifier.
/// </summary>
internal sealed unsafe class Head<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly bool _normsMap;
    private readonly int _hiddenWidth;
    private readonly NormLayer<TLanes> _norm;
    private readonly LinearLayer<TLanes>? _hidden;
    private readonly LinearLayer<TLanes> _classifier;

    public Head(NetworkParameters parameters)
    {
        var config = parameters.Config;
        int width = config.Widths[^1];
        _normsMap = config.NormBeforePooling;
        _norm = new NormLayer<TLanes>(parameters, _normsMap ? "norm_pre" : "norm", width);
        _hiddenWidth = config.HeadHiddenWidth ?? 0;
        if (_hiddenWidth > 0) _hidden = new LinearLayer<TLanes>(parameters, "head.pre_logits.fc", width, _hiddenWidth);
        _classifier = new LinearLayer<TLanes>(parameters, "head", config.FeatureCount, config.ClassCount);
    }

    /// <summary>Floats of the larger transposed weight that backward needs.</summary>
    public long TransposedFloats => Math.Max(_classifier.TransposedFloats, _hidden?.TransposedFloats ?? 0);

    /// <summary>Floats of one of <see cref="HeadActivations"/>.</summary>
    public static long VectorFloats(ConvNeXtConfig config, int images) => (long)images * Math.Max(config.Widths[^1], config.FeatureCount);

    /// <summary>Floats of the partial sums that backward needs beyond those of the last stage's blocks.</summary>
    public static long PartialFloats(ConvNeXtConfig config, int images) =>
        Math.Max(ColumnSums.PartialFloats(images, Math.Max(config.ClassCount, config.FeatureCount)), LayerNorm.PartialFloats(images, config.Widths[^1]));

    /// <summary>
    /// Computes features, and logits where they are wanted (not null). map: memory of x's shape, may be x; used only where the norm comes before pooling.
    /// </summary>
    public void Forward(WorkerTeam team, float* x, in FeatureShape shape, float* map, in HeadActivations kept, float* logits)
    {
        float* normalised = _hidden is null ? kept.Features : kept.Normalised;
        if (_normsMap)
        {
            _norm.Forward(team, x, shape.Rows, map);
            GlobalAveragePool.Forward<TLanes>(team, map, shape.Images, shape.Pixels, shape.Channels, normalised);
        }
        else
        {
            GlobalAveragePool.Forward<TLanes>(team, x, shape.Images, shape.Pixels, shape.Channels, kept.Pooled);
            _norm.Forward(team, kept.Pooled, shape.Images, normalised);
        }

        _hidden?.ForwardGelu(team, normalised, shape.Images, kept.PreActivation, kept.Features);
        if (logits != null) _classifier.Forward(team, kept.Features, shape.Images, logits);
    }

    /// <summary>From the gradient of the logits to that of x, overwritten; adds to the parameters' gradients. kept: what forward computed; used up.</summary>
    public void Backward(BackwardBuffers buffers, float* dLogits, float* x, in FeatureShape shape, in HeadActivations kept, float* dx)
    {
        var team = buffers.Scratch.Team;
        _classifier.BackwardBias(team, dLogits, shape.Images, buffers.Partials);
        _classifier.BackwardWeight(buffers.Scratch, kept.Features, dLogits, shape.Images);
        float* dNormalised = _hidden is null ? kept.Features : kept.Normalised;
        if (_hidden is null) _classifier.BackwardInput(team, dLogits, shape.Images, buffers.Transposed, dNormalised);
        else BackwardHidden(buffers, _hidden, dLogits, shape.Images, kept);

        if (_normsMap)
        {
            GlobalAveragePool.Backward<TLanes>(team, dNormalised, shape.Images, shape.Pixels, shape.Channels, dx);
            _norm.Backward(team, x, dx, shape.Rows, dx, buffers.Partials);
        }
        else
        {
            _norm.Backward(team, kept.Pooled, dNormalised, shape.Images, dNormalised, buffers.Partials);
            GlobalAveragePool.Backward<TLanes>(team, dNormalised, shape.Images, shape.Pixels, shape.Channels, dx);
        }
    }

    private void BackwardHidden(BackwardBuffers buffers, LinearLayer<TLanes> hidden, float* dLogits, int images, in HeadActivations kept)
    {
        var team = buffers.Scratch.Team;

        // The pre-activation is replaced by gelu' there, and that by the gradient.
        Gelu.ValueAndDerivative<TLanes>(team, kept.PreActivation, kept.Features, (long)images * _hiddenWidth);
        float* dHidden = kept.PreActivation;
        _classifier.BackwardInput(team, dLogits, images, null, buffers.Transposed, new MultiplyEpilogue<TLanes> { Output = dHidden, Stride = _hiddenWidth });
        hidden.BackwardBias(team, dHidden, images, buffers.Partials);
        hidden.BackwardWeight(buffers.Scratch, kept.Normalised, dHidden, images);
        hidden.BackwardInput(team, dHidden, images, buffers.Transposed, kept.Normalised);
    }
}

/// <summary>Vectors of the head, kept between forward and backward; those that a configuration does not need are not touched.</summary>
internal unsafe struct HeadActivations
{
    /// <summary>Before a norm that comes after pooling, [images, width].</summary>
    public float* Pooled;

    /// <summary>Input of a hidden layer, [images, width].</summary>
    public float* Normalised;

    /// <summary>The hidden layer before GELU, [images, hidden width]; null where it is not kept.</summary>
    public float* PreActivation;

    /// <summary>What the classifier reads, [images, feature count].</summary>
    public float* Features;
}
