using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Quantized;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>
/// The block of "A ConvNet for the 2020s", figure 4: y = x + dropPath(gamma * pwconv2(gelu(pwconv1(norm(dwconv(x)))))). V2 has Global Response Normalization
/// between gelu and pwconv2. Input and output have the same shape.
/// <para>The caller owns all memory. In training, forward fills the block's <see cref="BlockActivations"/> and backward overwrites them.</para>
/// </summary>
internal sealed unsafe class Block<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>
    /// Maximum number of floats in the hidden activation of the images that go through backward together (8 MB); a single image may exceed it.
    /// </summary>
    private const long GroupFloats = 2 * 1024 * 1024;

    private readonly int _channels;
    private readonly Parameter _kernel;
    private readonly Parameter _kernelBias;
    private readonly NormLayer<TLanes> _norm;
    private readonly LinearLayer<TLanes> _expand;
    private readonly LinearLayer<TLanes> _project;
    private readonly Parameter _gamma;
    private readonly bool _hasResponseNorm;
    private readonly Parameter _responseGamma;
    private readonly Parameter _responseBeta;
    private bool _isFolded;
    private QuantizedKernels<TLanes>? _quantizedKernels;
    private QuantizedLinear<TLanes>? _quantizedExpand;
    private QuantizedLinear<TLanes>? _quantizedProject;

    public Block(NetworkParameters parameters, string name, int channels)
    {
        _channels = channels;
        _kernel = parameters[$"{name}.dwconv.weight"];
        _kernelBias = parameters[$"{name}.dwconv.bias"];
        _norm = new NormLayer<TLanes>(parameters, $"{name}.norm", channels);
        _expand = new LinearLayer<TLanes>(parameters, $"{name}.pwconv1", channels, FusedMlp.Expansion * channels);
        _project = new LinearLayer<TLanes>(parameters, $"{name}.pwconv2", FusedMlp.Expansion * channels, channels);
        if (parameters.Config.LayerScaleInit is not null) _gamma = parameters[$"{name}.gamma"];
        _hasResponseNorm = parameters.Config.GlobalResponseNorm;
        if (!_hasResponseNorm) return;
        _responseGamma = parameters[$"{name}.grn.gamma"];
        _responseBeta = parameters[$"{name}.grn.beta"];
    }

    /// <summary>Buffer sizes of backward, sufficient for all activations up to a shape: fewer or smaller images may form larger groups.</summary>
    public BlockBackwardSizes MeasureBackward(in FeatureShape shape, bool recomputes)
    {
        int rows = shape.Rows, wide = FusedMlp.Expansion * _channels;
        long group = Math.Min(FusedMlp.Expansion * shape.Size, Math.Max((long)shape.Pixels * wide, GroupFloats));
        long response = _hasResponseNorm ? GlobalResponseNorm.StatisticsFloats(shape.Images, shape.Pixels, wide) : 0;
        long sums = Math.Max(ColumnSums.PartialFloats(rows, wide), LayerNorm.PartialFloats(rows, _channels));
        return new BlockBackwardSizes
        {
            Wide = group,
            Response = _hasResponseNorm ? group : 0,
            PreActivation = recomputes ? group : 0,
            Narrow = (recomputes ? 3 : 2) * group / FusedMlp.Expansion,
            Transposed = Math.Max(_expand.TransposedFloats, _project.TransposedFloats),
            Product = _gamma.Value == null ? 0 : Panels.Size<TLanes>(_channels, wide),
            Partials = Math.Max(Math.Max(sums, response), DepthwiseGradient.PartialFloats(shape.Images, _channels)),
        };
    }

    /// <summary>Floats of the hidden buffer that forward needs.</summary>
    public long HiddenFloats(WorkerTeam team, in FeatureShape shape)
    {
        if (_hasResponseNorm)
        {
            return Math.Max(
                ResponseNormMlp.HiddenFloats(shape.Images, shape.Pixels, shape.Channels),
                _quantizedKernels?.HiddenFloats(shape.Images, shape.Pixels, shape.Channels) ?? 0);
        }

        return Math.Max(FusedMlp.HiddenFloats(team, shape.Rows, shape.Channels), _quantizedKernels?.HiddenFloats(team, shape.Rows, shape.Channels) ?? 0);
    }

    /// <summary>Floats of scratch memory per worker.</summary>
    public long ScratchFloats(in FeatureShape shape) =>
        Math.Max(
            DepthwiseConvolution.ScratchFloats<TLanes>(shape.Width),
            _hasResponseNorm ? 0 : Math.Max(FusedMlp.ScratchFloats(_channels), _quantizedKernels?.ScratchFloats(_channels) ?? 0));

    /// <summary>Permanently merges norm and layer scale into the linear layers. A folded block scores faster and cannot be trained.</summary>
    public void Fold(WorkerTeam team)
    {
        if (_isFolded) throw new InvalidOperationException("The block is already folded.");
        _expand.FoldInput(team, _norm.Weight, _norm.Bias, _channels);
        if (_gamma.Value != null) _project.FoldOutput(team, _gamma.Value);
        _isFolded = true;
    }

    /// <summary>Whether scoring uses 8-bit weights.</summary>
    public bool IsQuantized => _quantizedKernels is not null;

    /// <summary>Plans the memory for 8-bit weights.</summary>
    public void PlanQuantized(QuantizedKernels<TLanes> kernels, ArenaPlan plan)
    {
        _quantizedKernels = kernels;
        _quantizedExpand = new QuantizedLinear<TLanes>(kernels, _expand, plan);
        _quantizedProject = new QuantizedLinear<TLanes>(kernels, _project, plan);
    }

    /// <summary>Rounds the weights, which must be folded, if they were planned; scoring then uses the rounded ones.</summary>
    public void Quantize(WorkerTeam team, NativeArena arena)
    {
        if (!_isFolded) throw new InvalidOperationException("Only a folded block can be quantized.");
        _quantizedExpand?.Pack(team, arena);
        _quantizedProject?.Pack(team, arena);
    }

    /// <summary>Forward for scoring: overwrites x with the block's output; d: [rows, channels], overwritten.</summary>
    public void Forward(Scratch scratch, float* x, in FeatureShape shape, float* d, float* hidden)
    {
        if (IsQuantized) ForwardQuantized(scratch, x, shape, d, hidden);
        else ForwardSingle(scratch, x, shape, d, hidden);
    }

    /// <summary>The same in float32, even if there are 8-bit weights.</summary>
    public void ForwardSingle(Scratch scratch, float* x, in FeatureShape shape, float* d, float* hidden) =>
        Forward(scratch, x, shape, new BlockActivations { Convolved = d }, null, hidden, x);

    private void ForwardQuantized(Scratch scratch, float* x, in FeatureShape shape, float* d, float* hidden)
    {
        DepthwiseConvolution.Forward<TLanes>(scratch, x, shape.Images, shape.Height, shape.Width, _channels, _kernel.Value, _kernelBias.Value, d);
        var operands = new QuantizedMlpOperands<TLanes>
        {
            Channels = _channels,
            NormEpsilon = _norm.Epsilon,
            Weights1 = _quantizedExpand!.Weights,
            Bias1 = _expand.Bias,
            Weights2 = _quantizedProject!.Weights,
            ResponseGamma = _responseGamma.Value,
            ResponseBeta = _responseBeta.Value,
            Residual = new ResidualEpilogue<TLanes> { Bias = _project.Bias, RowsPerImage = shape.Pixels, Input = x, Output = x, Stride = _channels },
        };
        if (_hasResponseNorm) _quantizedKernels!.ResponseNormMlp(scratch.Team, in operands, d, shape.Images, shape.Pixels, hidden);
        else _quantizedKernels!.Mlp(scratch, in operands, d, shape.Rows, hidden);
    }

    /// <summary>Forward for training: writes y and keeps what backward needs.</summary>
    /// <param name="scratch">Threads and their scratch memory.</param>
    /// <param name="x">Input of the block.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="kept">Buffers for the activations to keep.</param>
    /// <param name="keep">Drop-path factor of each image, [images]; null if no path is dropped.</param>
    /// <param name="hidden">Buffer of <see cref="HiddenFloats"/>.</param>
    /// <param name="y">Output.</param>
    public void Forward(Scratch scratch, float* x, in FeatureShape shape, in BlockActivations kept, float* keep, float* hidden, float* y)
    {
        DepthwiseConvolution.Forward<TLanes>(scratch, x, shape.Images, shape.Height, shape.Width, _channels, _kernel.Value, _kernelBias.Value, kept.Convolved);
        var operands = new MlpOperands<TLanes>
        {
            Channels = _channels,
            NormWeight = _isFolded ? null : _norm.Weight,
            NormBias = _isFolded ? null : _norm.Bias,
            NormEpsilon = _norm.Epsilon,
            Weight1 = _expand.Weight,
            Bias1 = _expand.Bias,
            Weight2 = _project.Weight,
            ResponseGamma = _responseGamma.Value,
            ResponseBeta = _responseBeta.Value,
            PreActivation = kept.PreActivation,
            ForScoring = _isFolded,
            Residual = new ResidualEpilogue<TLanes>
            {
                Bias = _project.Bias,
                Gamma = _isFolded ? null : _gamma.Value,
                Keep = keep,
                RowsPerImage = shape.Pixels,
                Input = x,
                Output = y,
                Stride = _channels,
            },
        };
        if (_hasResponseNorm) ResponseNormMlp.Forward(scratch.Team, in operands, kept.Convolved, shape.Images, shape.Pixels, hidden);
        else FusedMlp.Forward(scratch, in operands, kept.Convolved, shape.Rows, hidden);
    }

    /// <summary>
    /// Overwrites the gradient of y with that of x, adds to the parameters' gradients, and overwrites the kept activations. A few images go through at a time,
    /// which bounds temporary memory. The grouping depends only on the shape, so that sums have the same order whether activations were kept or recomputed.
    /// </summary>
    /// <param name="buffers">Temporary memory.</param>
    /// <param name="x">Input of forward.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="kept">The activations that forward kept; empty ones are recomputed.</param>
    /// <param name="keep">As in forward.</param>
    /// <param name="gradient">Contains dy, and dx on return.</param>
    public void Backward(BackwardBuffers buffers, float* x, in FeatureShape shape, in BlockActivations kept, float* keep, float* gradient)
    {
        var team = buffers.Scratch.Team;
        int wide = FusedMlp.Expansion * _channels;
        long product = Panels.Size<TLanes>(_channels, wide);
        if (_gamma.Value != null)
        {
            new Span<float>(buffers.Product, checked((int)product)).Clear();
            new Span<float>(buffers.Sums, _channels).Clear();
        }

        DepthwiseConvolution.Turn(_kernel.Value, _channels, buffers.TurnedKernel);
        int together = GroupOf(shape).Images;
        for (int first = 0; first < shape.Images; first += together)
        {
            var group = shape with { Images = Math.Min(together, shape.Images - first) };
            long offset = (long)first * shape.Pixels * _channels;
            BackwardGroup(buffers, x + offset, group, kept.From(offset), keep == null ? null : keep + first, gradient + offset);
        }

        if (_gamma.Value == null) return;
        var operands = new LayerScaleOperands
        {
            Inputs = wide,
            Outputs = _channels,
            Weight = _project.Weight,
            Bias = _project.Bias,
            Gamma = _gamma.Value,
            Product = buffers.Product,
            Sums = buffers.Sums,
            WeightGradient = _project.WeightGradient,
            BiasGradient = _project.BiasGradient,
            GammaGradient = _gamma.Gradient,
        };
        LayerScaleGradient.Accumulate<TLanes>(team, in operands);
    }

    // The shape of one group of images in backward; groups are of about equal size.
    private static FeatureShape GroupOf(in FeatureShape shape)
    {
        long each = (long)FusedMlp.Expansion * shape.Pixels * shape.Channels;
        int most = (int)Math.Clamp(GroupFloats / each, 1, shape.Images);
        int groups = (shape.Images + most - 1) / most;
        return shape with { Images = (shape.Images + groups - 1) / groups };
    }

    private void BackwardGroup(BackwardBuffers buffers, float* x, in FeatureShape shape, BlockActivations kept, float* keep, float* gradient)
    {
        var team = buffers.Scratch.Team;
        int rows = shape.Rows, wide = FusedMlp.Expansion * _channels;
        float* activation = buffers.Wide, normalized = buffers.Narrow, narrow = buffers.Narrow + shape.Size;
        if (kept.PreActivation == null)
        {
            kept = new BlockActivations { Convolved = narrow + shape.Size, PreActivation = buffers.PreActivation };
            DepthwiseConvolution.Forward<TLanes>(buffers.Scratch, x, shape.Images, shape.Height, shape.Width, _channels, _kernel.Value, _kernelBias.Value, kept.Convolved);
            _norm.Forward(team, kept.Convolved, rows, normalized);
            _expand.Forward(team, normalized, rows, kept.PreActivation);
        }
        else
        {
            _norm.Forward(team, kept.Convolved, rows, normalized);
        }

        // The gradient of the branch's output, after layer scale.
        float* dBranch = gradient;
        if (keep != null)
        {
            dBranch = narrow;
            ImageScale.Run<TLanes>(team, gradient, shape.Images, (long)shape.Pixels * _channels, keep, dBranch);
        }

        _project.BackwardBias(team, dBranch, rows, buffers.Partials, _gamma.Value == null ? _project.BiasGradient : buffers.Sums);

        // Overwrites the pre-activation with gelu', which is then multiplied by the gradient.
        Gelu.ValueAndDerivative<TLanes>(team, kept.PreActivation, activation, (long)rows * wide);
        float* dHidden = kept.PreActivation;
        if (_hasResponseNorm)
        {
            BackwardResponse(buffers, activation, shape, dBranch, dHidden);
        }
        else
        {
            BackwardProjection(buffers, activation, dBranch, rows, new MultiplyEpilogue<TLanes> { Output = dHidden, Stride = wide });
        }

        _expand.BackwardBias(team, dHidden, rows, buffers.Partials);
        _expand.BackwardWeight(buffers.Scratch, normalized, dHidden, rows);

        float* dConvolved = narrow;
        _expand.BackwardInput(team, dHidden, rows, buffers.Transposed, dConvolved);
        _norm.Backward(team, kept.Convolved, dConvolved, rows, dConvolved, buffers.Partials);
        DepthwiseGradient.Accumulate<TLanes>(
            team, x, dConvolved, shape.Images, shape.Height, shape.Width, _channels, buffers.Partials, _kernel.Gradient, _kernelBias.Gradient);
        DepthwiseConvolution.Add<TLanes>(buffers.Scratch, dConvolved, shape.Images, shape.Height, shape.Width, _channels, buffers.TurnedKernel, gradient);
    }

    // Backward of the projection: adds the weight's gradient and passes the gradient of its input to the epilogue. With layer scale, the gradients of weight
    // and gamma are computed from the sums after all groups.
    private void BackwardProjection<TEpilogue>(BackwardBuffers buffers, float* input, float* dBranch, int rows, in TEpilogue epilogue) where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        _project.BackwardWeight(buffers.Scratch, input, dBranch, rows, _gamma.Value == null ? _project.WeightGradient : buffers.Product);
        _project.BackwardInput(buffers.Scratch.Team, dBranch, rows, _gamma.Value, buffers.Transposed, epilogue);
    }

    // Backward of projection and response norm; dHidden holds gelu' and is multiplied by the gradient. The norm's output was not kept and is recomputed.
    private void BackwardResponse(BackwardBuffers buffers, float* activation, in FeatureShape shape, float* dBranch, float* dHidden)
    {
        var team = buffers.Scratch.Team;
        int wide = FusedMlp.Expansion * _channels;
        float* statistics = buffers.Partials, response = buffers.Response;
        GlobalResponseNorm.Forward<TLanes>(
            team, activation, shape.Images, shape.Pixels, wide, _responseGamma.Value, _responseBeta.Value, statistics, response);
        float* dResponse = response;
        BackwardProjection(buffers, response, dBranch, shape.Rows, new BiasEpilogue<TLanes> { Output = dResponse, Stride = wide });
        GlobalResponseNorm.Backward<TLanes>(
            team,
            activation,
            dResponse,
            shape.Images,
            shape.Pixels,
            wide,
            _responseGamma.Value,
            statistics,
            dHidden,
            _responseGamma.Gradient,
            _responseBeta.Gradient);
    }
}
