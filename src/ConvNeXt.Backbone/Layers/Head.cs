using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>
/// The head: global average pooling, layer normalization, linear layer. [n, h, w, c] becomes features and logits [n, classes]. Optionally, the norm comes
/// before pooling, and a hidden linear layer with GELU precedes the classifier.
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

    /// <summary>Floats of one buffer of <see cref="HeadActivations"/>.</summary>
    public static long VectorFloats(ConvNeXtConfig config, int images) => (long)images * Math.Max(config.Widths[^1], config.FeatureCount);

    /// <summary>Floats of the partial sums that backward needs, unless the last stage's blocks need more.</summary>
    public static long PartialFloats(ConvNeXtConfig config, int images) =>
        Math.Max(ColumnSums.PartialFloats(images, Math.Max(config.ClassCount, config.FeatureCount)), LayerNorm.PartialFloats(images, config.Widths[^1]));

    /// <summary>
    /// Computes the features and, unless logits is null, the logits. map: memory of x's shape, may be x; used only if the norm comes before pooling.
    /// </summary>
    public void Forward(WorkerTeam team, float* x, in FeatureShape shape, float* map, in HeadActivations kept, float* logits)
    {
        float* normalized = _hidden is null ? kept.Features : kept.Normalized;
        if (_normsMap)
        {
            _norm.Forward(team, x, shape.Rows, map);
            GlobalAveragePool.Forward<TLanes>(team, map, shape.Images, shape.Pixels, shape.Channels, normalized);
        }
        else
        {
            GlobalAveragePool.Forward<TLanes>(team, x, shape.Images, shape.Pixels, shape.Channels, kept.Pooled);
            _norm.Forward(team, kept.Pooled, shape.Images, normalized);
        }

        _hidden?.ForwardGelu(team, normalized, shape.Images, kept.PreActivation, kept.Features);
        if (logits != null) _classifier.Forward(team, kept.Features, shape.Images, logits);
    }

    /// <summary>Overwrites dx, given the gradient of the logits; adds to the parameters' gradients and overwrites the kept activations.</summary>
    public void Backward(BackwardBuffers buffers, float* dLogits, float* x, in FeatureShape shape, in HeadActivations kept, float* dx)
    {
        var team = buffers.Scratch.Team;
        _classifier.BackwardBias(team, dLogits, shape.Images, buffers.Partials);
        _classifier.BackwardWeight(buffers.Scratch, kept.Features, dLogits, shape.Images);
        float* dNormalized = _hidden is null ? kept.Features : kept.Normalized;
        if (_hidden is null) _classifier.BackwardInput(team, dLogits, shape.Images, buffers.Transposed, dNormalized);
        else BackwardHidden(buffers, _hidden, dLogits, shape.Images, kept);

        if (_normsMap)
        {
            GlobalAveragePool.Backward<TLanes>(team, dNormalized, shape.Images, shape.Pixels, shape.Channels, dx);
            _norm.Backward(team, x, dx, shape.Rows, dx, buffers.Partials);
        }
        else
        {
            _norm.Backward(team, kept.Pooled, dNormalized, shape.Images, dNormalized, buffers.Partials);
            GlobalAveragePool.Backward<TLanes>(team, dNormalized, shape.Images, shape.Pixels, shape.Channels, dx);
        }
    }

    private void BackwardHidden(BackwardBuffers buffers, LinearLayer<TLanes> hidden, float* dLogits, int images, in HeadActivations kept)
    {
        var team = buffers.Scratch.Team;

        // Overwrites the pre-activation with gelu', which is then multiplied by the gradient.
        Gelu.ValueAndDerivative<TLanes>(team, kept.PreActivation, kept.Features, (long)images * _hiddenWidth);
        float* dHidden = kept.PreActivation;
        _classifier.BackwardInput(team, dLogits, images, null, buffers.Transposed, new MultiplyEpilogue<TLanes> { Output = dHidden, Stride = _hiddenWidth });
        hidden.BackwardBias(team, dHidden, images, buffers.Partials);
        hidden.BackwardWeight(buffers.Scratch, kept.Normalized, dHidden, images);
        hidden.BackwardInput(team, dHidden, images, buffers.Transposed, kept.Normalized);
    }
}

/// <summary>Vectors of the head, kept from forward for backward; those that a configuration does not need are never accessed.</summary>
internal unsafe struct HeadActivations
{
    /// <summary>Input of a norm that follows pooling, [images, width].</summary>
    public float* Pooled;

    /// <summary>Input of the hidden layer, [images, width].</summary>
    public float* Normalized;

    /// <summary>GELU input of the hidden layer, [images, hidden width]; null if it is not kept.</summary>
    public float* PreActivation;

    /// <summary>Input of the classifier, [images, feature count].</summary>
    public float* Features;
}
