using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels;

namespace ConvNeXt.Backbone.Layers;

/// <summary>
/// The block of "A ConvNet for the 2020s", figure 4: y = x + dropPath(gamma * pwconv2(gelu(pwconv1(norm(dwconv(x)))))). In V2 there is Global Response
/// Normalization between gelu and pwconv2. The shape stays.
/// Whoever calls owns all memory; in training the block's <see cref="BlockActivations"/> are filled by forward and used up by backward.
/// </summary>
internal sealed unsafe class Block<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
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

    /// <summary>Floats of the larger transposed weight that backward needs.</summary>
    public long TransposedFloats => Math.Max(_expand.TransposedFloats, _project.TransposedFloats);

    /// <summary>Floats of the partial sums that backward needs.</summary>
    public long PartialFloats(in FeatureShape shape)
    {
        int rows = shape.Rows, channels = shape.Channels;
        long response = _hasResponseNorm ? GlobalResponseNorm.StatisticsFloats(shape.Images, shape.Pixels, FusedMlp.Expansion * channels) : 0;
        long sums = Math.Max(ColumnSums.PartialFloats(rows, FusedMlp.Expansion * channels), LayerNorm.PartialFloats(rows, channels));
        long ends = Math.Max(BranchBackward.PartialFloats(rows, channels), DepthwiseGradient.PartialFloats(shape.Images, channels));
        return Math.Max(Math.Max(sums, ends), response);
    }

    /// <summary>Floats of the hidden buffer that forward needs.</summary>
    public long HiddenFloats(WorkerTeam team, in FeatureShape shape) => _hasResponseNorm
        ? ResponseNormMlp.HiddenFloats(shape.Images, shape.Pixels, shape.Channels)
        : FusedMlp.HiddenFloats(team, shape.Rows, shape.Channels);

    /// <summary>Floats of scratch that each worker needs.</summary>
    public long ScratchFloats(in FeatureShape shape) =>
        Math.Max(DepthwiseConvolution.ScratchFloats<TLanes>(shape.Width), _hasResponseNorm ? 0 : FusedMlp.ScratchFloats(_channels));

    /// <summary>Floats of <see cref="BackwardBuffers.Response"/>.</summary>
    public long ResponseFloats(in FeatureShape shape) => _hasResponseNorm ? FusedMlp.Expansion * shape.Size : 0;

    /// <summary>For scoring: x becomes the block's result; d: [rows, channels], overwritten.</summary>
    public void Forward(Scratch scratch, float* x, in FeatureShape shape, float* d, float* hidden) =>
        Forward(scratch, x, shape, new BlockActivations { Convolved = d }, null, hidden, x);

    /// <summary>For training: y is the result, and what backward needs is kept.</summary>
    /// <param name="scratch">Threads and their scratch.</param>
    /// <param name="x">Input.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="kept">Memory for what is kept.</param>
    /// <param name="keep">Factor of each image's path, [images]; null for ones.</param>
    /// <param name="hidden">Buffer of <see cref="HiddenFloats"/>.</param>
    /// <param name="y">Result.</param>
    public void Forward(Scratch scratch, float* x, in FeatureShape shape, in BlockActivations kept, float* keep, float* hidden, float* y)
    {
        DepthwiseConvolution.Forward<TLanes>(scratch, x, shape.Images, shape.Height, shape.Width, _channels, _kernel.Value, _kernelBias.Value, kept.Convolved);
        var operands = new MlpOperands<TLanes>
        {
            Channels = _channels,
            NormWeight = _norm.Weight,
            NormBias = _norm.Bias,
            NormEpsilon = _norm.Epsilon,
            Weight1 = _expand.Weight,
            Bias1 = _expand.Bias,
            Weight2 = _project.Weight,
            ResponseGamma = _responseGamma.Value,
            ResponseBeta = _responseBeta.Value,
            PreActivation = kept.PreActivation,
            Residual = new ResidualEpilogue<TLanes>
            {
                Bias = _project.Bias,
                Gamma = _gamma.Value,
                Keep = keep,
                RowsPerImage = shape.Pixels,
                Input = x,
                Output = y,
                Branch = kept.Branch,
                Stride = _channels,
            },
        };
        if (_hasResponseNorm) ResponseNormMlp.Forward(scratch.Team, in operands, kept.Convolved, shape.Images, shape.Pixels, hidden);
        else FusedMlp.Forward(scratch, in operands, kept.Convolved, shape.Rows, hidden);
    }

    /// <summary>Turns the gradient of y into that of x, in place; adds to the parameters' gradients; uses up what was kept.</summary>
    /// <param name="buffers">Temporary memory.</param>
    /// <param name="x">Input of forward.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="kept">What forward kept.</param>
    /// <param name="keep">As in forward.</param>
    /// <param name="gradient">dy, then dx.</param>
    public void Backward(BackwardBuffers buffers, float* x, in FeatureShape shape, in BlockActivations kept, float* keep, float* gradient)
    {
        var team = buffers.Scratch.Team;
        int rows = shape.Rows, wide = FusedMlp.Expansion * _channels;
        float* activation = buffers.Wide, narrow = buffers.Narrow;

        float* dBranch = kept.Branch;
        BranchBackward.Run<TLanes>(
            team, gradient, kept.Branch, rows, _channels, _gamma.Value, keep, shape.Pixels, dBranch, buffers.Partials, _gamma.Gradient, _project.BiasGradient);

        // The pre-activation is replaced by gelu' there, and that by the gradient.
        Gelu.ValueAndDerivative<TLanes>(team, kept.PreActivation, activation, (long)rows * wide);
        float* dHidden = kept.PreActivation;
        if (_hasResponseNorm)
        {
            BackwardResponse(buffers, activation, shape, dBranch, dHidden);
        }
        else
        {
            _project.BackwardWeight(buffers.Scratch, activation, dBranch, rows);
            _project.BackwardInput(team, dBranch, rows, buffers.Transposed, new MultiplyEpilogue<TLanes> { Output = dHidden, Stride = wide });
        }

        float* normalised = narrow;
        _norm.Forward(team, kept.Convolved, rows, normalised);
        _expand.BackwardBias(team, dHidden, rows, buffers.Partials);
        _expand.BackwardWeight(buffers.Scratch, normalised, dHidden, rows);

        float* dConvolved = narrow;
        _expand.BackwardInput(team, dHidden, rows, buffers.Transposed, dConvolved);
        _norm.Backward(team, kept.Convolved, dConvolved, rows, dConvolved, buffers.Partials);
        DepthwiseGradient.Accumulate<TLanes>(
            team, x, dConvolved, shape.Images, shape.Height, shape.Width, _channels, buffers.Partials, _kernel.Gradient, _kernelBias.Gradient);
        DepthwiseConvolution.Turn(_kernel.Value, _channels, buffers.TurnedKernel);
        DepthwiseConvolution.Add<TLanes>(buffers.Scratch, dConvolved, shape.Images, shape.Height, shape.Width, _channels, buffers.TurnedKernel, gradient);
    }

    // From dBranch through the projection and the response norm; dHidden holds gelu' and is multiplied by the gradient.
    // The norm's result was not kept and is made once more.
    private void BackwardResponse(BackwardBuffers buffers, float* activation, in FeatureShape shape, float* dBranch, float* dHidden)
    {
        var team = buffers.Scratch.Team;
        int wide = FusedMlp.Expansion * _channels;
        float* statistics = buffers.Partials, response = buffers.Response;
        GlobalResponseNorm.Forward<TLanes>(
            team, activation, shape.Images, shape.Pixels, wide, _responseGamma.Value, _responseBeta.Value, statistics, response);
        _project.BackwardWeight(buffers.Scratch, response, dBranch, shape.Rows);
        float* dResponse = response;
        _project.BackwardInput(team, dBranch, shape.Rows, buffers.Transposed, dResponse);
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

/// <summary>What a block keeps between forward and backward.</summary>
internal unsafe struct BlockActivations
{
    /// <summary>Result of the depthwise convolution, [rows, channels].</summary>
    public float* Convolved;

    /// <summary>Before GELU, [rows, 4 channels].</summary>
    public float* PreActivation;

    /// <summary>The branch before layer scale, [rows, channels].</summary>
    public float* Branch;
}

/// <summary>Temporary memory of backward, shared by all layers.</summary>
internal sealed unsafe class BackwardBuffers
{
    public required Scratch Scratch { get; init; }

    /// <summary>[rows, 4 channels] of the largest stage.</summary>
    public required float* Wide { get; init; }

    /// <summary>As large as <see cref="Wide"/> in a network with Global Response Normalization, otherwise empty.</summary>
    public required float* Response { get; init; }

    /// <summary>[rows, channels] of the largest stage.</summary>
    public required float* Narrow { get; init; }

    /// <summary>Panels of the largest transposed weight.</summary>
    public required float* Transposed { get; init; }

    /// <summary>[7, 7, channels] of the widest stage.</summary>
    public required float* TurnedKernel { get; init; }

    /// <summary>Partial sums.</summary>
    public required float* Partials { get; init; }
}
