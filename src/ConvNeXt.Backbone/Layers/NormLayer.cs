using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>Layer normalization over channels; x, y: [rows, channels].</summary>
internal sealed unsafe class NormLayer<TLanes>(NetworkParameters parameters, string name, int channels) where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly Parameter _weight = parameters[$"{name}.weight"];
    private readonly Parameter _bias = parameters[$"{name}.bias"];
    private readonly float _epsilon = parameters.Config.NormEpsilon;

    public float* Weight => _weight.Value;

    public float* Bias => _bias.Value;

    public float Epsilon => _epsilon;

    /// <summary>Computes y; without weight and bias if they are merged into the next layer.</summary>
    public void Forward(WorkerTeam team, float* x, int rows, float* y, bool isAffine = true) =>
        LayerNorm.Forward<TLanes>(team, x, rows, channels, isAffine ? _weight.Value : null, isAffine ? _bias.Value : null, y, _epsilon);

    /// <summary>Overwrites dx (which may be dy), given the layer's input x; adds to the parameters' gradients.</summary>
    public void Backward(WorkerTeam team, float* x, float* dy, int rows, float* dx, float* partials) =>
        LayerNorm.Backward<TLanes>(team, x, dy, rows, channels, _weight.Value, dx, partials, _weight.Gradient, _bias.Gradient, _epsilon);
}
