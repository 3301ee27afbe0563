using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Quantized;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>The kernels of <see cref="Kernels.Quantized"/> for one kind of instructions, so that layers need not be generic over them.</summary>
internal abstract unsafe class QuantizedKernels<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public static QuantizedKernels<TLanes> Create(DotKind kind) => kind switch
    {
        DotKind.Words512 => new QuantizedKernels<TLanes, DotWords512>(),
        DotKind.Bytes256 => new QuantizedKernels<TLanes, DotBytes256>(),
        DotKind.Words256 => new QuantizedKernels<TLanes, DotWords256>(),
        DotKind.Bytes128 => new QuantizedKernels<TLanes, DotBytes128>(),
        DotKind.Words128 => new QuantizedKernels<TLanes, DotWords128>(),
        _ => new QuantizedKernels<TLanes, DotScalar>(),
    };

    /// <summary>Plans the memory of a linear layer's weights.</summary>
    public abstract QuantizedPlan Plan(ArenaPlan plan, int inputs, int outputs);

    /// <summary>Rounds weights, <see cref="Panels"/> in float32.</summary>
    public abstract void Pack(WorkerTeam team, float* panels, in QuantizedWeights target);

    /// <summary>Floats of a buffer for this many quantized rows.</summary>
    public abstract long RowFloats(int rows, int columns);

    /// <summary>Floats of scratch memory per worker of <see cref="Mlp"/>.</summary>
    public abstract long ScratchFloats(int channels);

    /// <summary>Floats of the hidden buffer of <see cref="Mlp"/>.</summary>
    public abstract long HiddenFloats(WorkerTeam team, int rows, int channels);

    /// <summary>Floats of the hidden buffer of <see cref="ResponseNormMlp"/>.</summary>
    public abstract long HiddenFloats(int images, int pixels, int channels);

    /// <summary>Rounds rows and multiplies them by weights. buffer: <see cref="RowFloats"/> floats.</summary>
    public abstract void Linear(WorkerTeam team, float* x, int rows, in QuantizedWeights weights, in BiasEpilogue<TLanes> epilogue, float* buffer);

    /// <inheritdoc cref="QuantizedMlp.Forward"/>
    public abstract void Mlp(Scratch scratch, in QuantizedMlpOperands<TLanes> operands, float* d, int rows, float* hidden);

    /// <inheritdoc cref="QuantizedResponseNormMlp.Forward"/>
    public abstract void ResponseNormMlp(WorkerTeam team, in QuantizedMlpOperands<TLanes> operands, float* d, int images, int pixels, float* hidden);
}

/// <inheritdoc/>
internal sealed unsafe class QuantizedKernels<TLanes, TDot> : QuantizedKernels<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
    where TDot : unmanaged, IDotLanes<TDot>
{
    public override QuantizedPlan Plan(ArenaPlan plan, int inputs, int outputs) => QuantizedPlan.Add<TDot>(plan, inputs, outputs);

    public override void Pack(WorkerTeam team, float* panels, in QuantizedWeights target) => QuantizedPanels.Pack<TLanes, TDot>(team, panels, in target);

    public override long RowFloats(int rows, int columns) => QuantizedRows.Floats<TDot>(rows, columns);

    public override long ScratchFloats(int channels) => QuantizedMlp.ScratchFloats<TDot>(channels);

    public override long HiddenFloats(WorkerTeam team, int rows, int channels) => QuantizedMlp.HiddenFloats<TDot>(team, rows, channels);

    public override long HiddenFloats(int images, int pixels, int channels) => QuantizedResponseNormMlp.HiddenFloats<TDot>(images, pixels, channels);

    public override void Linear(WorkerTeam team, float* x, int rows, in QuantizedWeights weights, in BiasEpilogue<TLanes> epilogue, float* buffer)
    {
        var rounded = QuantizedOperand.In<TDot>(buffer, rows, weights.Inputs);
        QuantizedRows.Quantize<TLanes, TDot>(team, x, rows, weights.Inputs, rounded);
        QuantizedProduct.Run<TLanes, TDot, BiasEpilogue<TLanes>>(team, rounded, rows, in weights, in epilogue);
    }

    public override void Mlp(Scratch scratch, in QuantizedMlpOperands<TLanes> operands, float* d, int rows, float* hidden) =>
        QuantizedMlp.Forward<TLanes, TDot>(scratch, in operands, d, rows, hidden);

    public override void ResponseNormMlp(WorkerTeam team, in QuantizedMlpOperands<TLanes> operands, float* d, int images, int pixels, float* hidden) =>
        QuantizedResponseNormMlp.Forward<TLanes, TDot>(team, in operands, d, images, pixels, hidden);
}
