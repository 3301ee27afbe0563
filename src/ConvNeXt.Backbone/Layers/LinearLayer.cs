using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>y = x W^T + b. x: [rows, inputs]; y: [rows, outputs].</summary>
internal sealed unsafe class LinearLayer<TLanes>(NetworkParameters parameters, string name, int inputs, int outputs) where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly Parameter _weight = parameters[$"{name}.weight"];
    private readonly Parameter _bias = parameters[$"{name}.bias"];

    public int Inputs => inputs;

    public int Outputs => outputs;

    public float* Weight => _weight.Value;

    public float* Bias => _bias.Value;

    public float* WeightGradient => _weight.Gradient;

    public float* BiasGradient => _bias.Gradient;

    /// <summary>Floats of the transposed weights that <see cref="BackwardInput"/> needs.</summary>
    public long TransposedFloats => Panels.Size<TLanes>(inputs, outputs);

    /// <summary>Floats of scratch memory per worker in backward.</summary>
    public static long ScratchFloats => Kernels.Products.WeightGradient.ScratchFloats<TLanes>();

    public void Forward(WorkerTeam team, float* x, int rows, float* y, int chainSteps = GemmTile.ChainSteps) =>
        MatrixProduct.Run<TLanes, BiasEpilogue<TLanes>>(
            team, x, inputs, rows, _weight.Value, inputs, outputs, new BiasEpilogue<TLanes> { Bias = _bias.Value, Output = y, Stride = outputs }, chainSteps);

    /// <summary>
    /// Merges x * scale + shift into the layer. scale, shift: [channels], applied to the last dimension of its inputs, <paramref name="channels"/>.
    /// </summary>
    public void FoldInput(WorkerTeam team, float* scale, float* shift, int channels) =>
        FoldedWeights.ScaleInputs<TLanes>(team, _weight.Value, _bias.Value, outputs, inputs, scale, shift, channels);

    /// <summary>Merges y * scale into the layer. scale: [outputs].</summary>
    public void FoldOutput(WorkerTeam team, float* scale) => FoldedWeights.ScaleOutputs<TLanes>(team, _weight.Value, _bias.Value, outputs, inputs, scale);

    /// <summary>y = gelu(x W^T + b). The input of GELU is stored in preActivation, unless that is null.</summary>
    public void ForwardGelu(WorkerTeam team, float* x, int rows, float* preActivation, float* y)
    {
        var epilogue = new GeluEpilogue<TLanes>
        {
            Bias = _bias.Value,
            Output = y,
            Stride = outputs,
            PreActivation = preActivation,
            PreActivationStride = outputs,
        };
        MatrixProduct.Run<TLanes, GeluEpilogue<TLanes>>(team, x, inputs, rows, _weight.Value, inputs, outputs, in epilogue);
    }

    /// <summary>Adds to the weight's gradient.</summary>
    public void BackwardWeight(Scratch scratch, float* x, float* dy, int rows) =>
        BackwardWeight(scratch, x, dy, rows, _weight.Gradient);

    /// <summary>Adds the weight's gradient to other memory of the weight's shape.</summary>
    public void BackwardWeight(Scratch scratch, float* x, float* dy, int rows, float* target) =>
        Kernels.Products.WeightGradient.Accumulate<TLanes>(scratch, x, inputs, dy, outputs, rows, target);

    /// <summary>Adds to the bias's gradient.</summary>
    public void BackwardBias(WorkerTeam team, float* dy, int rows, float* partials) => BackwardBias(team, dy, rows, partials, _bias.Gradient);

    /// <summary>Adds the bias's gradient to other memory of the bias's shape.</summary>
    public void BackwardBias(WorkerTeam team, float* dy, int rows, float* partials, float* target) =>
        ColumnSums.Accumulate<TLanes>(team, dy, rows, outputs, partials, target);

    /// <summary>Overwrites dx with dy W.</summary>
    public void BackwardInput(WorkerTeam team, float* dy, int rows, float* transposed, float* dx) =>
        BackwardInput(team, dy, rows, null, transposed, new BiasEpilogue<TLanes> { Output = dx, Stride = inputs });

    /// <summary>Passes dy W to an epilogue, or (scale * dy) W if scale, [outputs], is not null.</summary>
    public void BackwardInput<TEpilogue>(WorkerTeam team, float* dy, int rows, float* scale, float* transposed, in TEpilogue epilogue)
        where TEpilogue : unmanaged, IEpilogue<TLanes>
    {
        Panels.Transpose<TLanes>(team, _weight.Value, outputs, inputs, scale, transposed);
        MatrixProduct.Run<TLanes, TEpilogue>(team, dy, outputs, rows, transposed, outputs, inputs, in epilogue);
    }
}
