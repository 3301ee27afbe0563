using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;
using ConvNeXt.Backbone.Kernels.Quantized;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>The 8-bit weights of a <see cref="LinearLayer{TLanes}"/>; its bias stays in float32.</summary>
internal sealed unsafe class QuantizedLinear<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly QuantizedKernels<TLanes> _kernels;
    private readonly LinearLayer<TLanes> _layer;
    private readonly QuantizedPlan _plan;
    private QuantizedWeights _weights;

    /// <summary>Plans the memory of the weights.</summary>
    public QuantizedLinear(QuantizedKernels<TLanes> kernels, LinearLayer<TLanes> layer, ArenaPlan plan) =>
        (_kernels, _layer, _plan) = (kernels, layer, kernels.Plan(plan, layer.Inputs, layer.Outputs));

    /// <summary>The weights, once packed.</summary>
    public QuantizedWeights Weights => _weights;

    /// <summary>Rounds the layer's weights into the arena of the plan.</summary>
    public void Pack(WorkerTeam team, NativeArena arena)
    {
        _weights = _plan.In(arena);
        _kernels.Pack(team, _layer.Weight, in _weights);
    }

    /// <summary>Floats of the buffer of <see cref="Forward"/>.</summary>
    public long BufferFloats(int rows) => _kernels.RowFloats(rows, _layer.Inputs);

    /// <summary>y = x W^T + b, with x and W rounded.</summary>
    public void Forward(WorkerTeam team, float* x, int rows, float* buffer, float* y) =>
        _kernels.Linear(team, x, rows, in _weights, new BiasEpilogue<TLanes> { Bias = _layer.Bias, Output = y, Stride = _layer.Outputs }, buffer);
}
