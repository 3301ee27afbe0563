using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels;

namespace ConvNeXt.Backbone.Layers;

/// <summary>
/// Where a parameter lies in the flat memory of a network, and in which order kernels want its values: matrices of linear layers and patch convolutions as
/// <see cref="Panels"/> (inputs of a patch in the order height, width, channel), depthwise kernels as [height, width, channel], vectors as they are.
/// </summary>
internal sealed class WeightLayout
{
    private readonly int _panelWidth;
    private readonly bool _isMatrix;
    private readonly int _outputs;
    private readonly int _channels;
    private readonly int _taps;

    public WeightLayout(ParameterDescription parameter, int panelWidth, ArenaPlan plan)
    {
        Parameter = parameter;
        _panelWidth = panelWidth;
        var shape = parameter.Shape;
        _outputs = shape[0];
        _channels = shape.Length > 1 ? shape[1] : 1;
        _taps = shape.Length == 4 ? shape[2] * shape[3] : 1;
        _isMatrix = shape.Length == 2 || (shape.Length == 4 && !parameter.IsDepthwise && !parameter.IsResponseNorm);
        int inputs = _channels * _taps;
        Size = _isMatrix ? (_outputs + panelWidth - 1L) / panelWidth * panelWidth * inputs : (long)_outputs * inputs;
        Offset = plan.Add(Size);
    }

    public ParameterDescription Parameter { get; }

    /// <summary>First float in the flat memory.</summary>
    public long Offset { get; }

    /// <summary>Floats, the padding of panels included.</summary>
    public long Size { get; }

    /// <summary>Fills the kernels' memory from official values; padding is not touched.</summary>
    public unsafe void Import(ReadOnlySpan<float> official, float* memory)
    {
        float* target = memory + Offset;
        for (int i = 0; i < official.Length; i++) target[IndexOf(i)] = official[i];
    }

    /// <summary>The official values out of the kernels' memory.</summary>
    public unsafe float[] Export(float* memory)
    {
        float* source = memory + Offset;
        var official = new float[checked((int)((long)_outputs * _channels * _taps))];
        for (int i = 0; i < official.Length; i++) official[i] = source[IndexOf(i)];
        return official;
    }

    // Official order: output, channel, tap.
    private long IndexOf(int official)
    {
        if (_taps == 1 && !_isMatrix) return official;
        int tap = official % _taps, channel = official / _taps % _channels, output = official / _taps / _channels;
        return _isMatrix ? Panels.Index(_panelWidth, _channels * _taps, output, (tap * _channels) + channel) : ((long)tap * _outputs) + output;
    }
}
