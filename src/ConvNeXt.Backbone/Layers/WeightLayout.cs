using System.Runtime.CompilerServices;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Products;

namespace ConvNeXt.Backbone.Layers;

/// <summary>
/// Position of a parameter in the flat memory of a network, and the order in which kernels expect its values: matrices of linear layers and patch convolutions
/// as <see cref="Panels"/> (the inputs of a patch in the order height, width, channel), depthwise kernels as [height, width, channel], vectors unchanged.
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

    /// <summary>Offset of the first float in the flat memory.</summary>
    public long Offset { get; }

    /// <summary>Number of floats, including the padding of panels.</summary>
    public long Size { get; }

    /// <summary>Number of values in official order, without padding.</summary>
    public int OfficialCount => checked(_outputs * _channels * _taps);

    /// <summary>Copies official values into the kernels' memory; padding is not written.</summary>
    public unsafe void Import(ReadOnlySpan<float> official, float* memory)
    {
        float* target = memory + Offset;
        if (_isMatrix)
        {
            fixed (float* source = official) ImportMatrix(source, target);
            return;
        }
        for (int i = 0; i < official.Length; i++) target[IndexOf(i)] = official[i];
    }

    /// <summary>Returns the official values from the kernels' memory.</summary>
    public unsafe float[] Export(float* memory)
    {
        var official = new float[OfficialCount];
        Export(memory, official);
        return official;
    }

    /// <summary>Copies the official values from the kernels' memory into a span of <see cref="OfficialCount"/> values.</summary>
    public unsafe void Export(float* memory, Span<float> official)
    {
        float* source = memory + Offset;
        for (int i = 0; i < official.Length; i++) official[i] = source[IndexOf(i)];
    }

    private unsafe void ImportMatrix(float* source, float* target) =>
        Parallel.For(0, (_outputs + _panelWidth - 1) / _panelWidth, panel => ImportPanel(source, target, panel)); // each writes only its own piece

    // A panel is filled a few inputs at a time, so that source and target stay in the L1 cache: large networks load several times faster.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void ImportPanel(float* source, float* target, int panel)
    {
        const int InputsAtOnce = 16;
        int inputs = _channels * _taps, width = _panelWidth, first = panel * width, last = Math.Min(first + width, _outputs);
        for (int begin = 0; begin < inputs; begin += InputsAtOnce)
        {
            int end = Math.Min(begin + InputsAtOnce, inputs);
            for (int output = first; output < last; output++)
            {
                float* row = source + ((long)output * inputs);
                float* column = target + Panels.Index(width, inputs, output, 0);
                for (int i = begin; i < end; i++) column[(long)KernelInput(i) * width] = row[i];
            }
        }
    }

    // Official order: channel, tap; kernel order: tap, channel.
    private int KernelInput(int official) => _taps == 1 ? official : (official % _taps * _channels) + (official / _taps);

    // Official order: output, channel, tap.
    private long IndexOf(int official)
    {
        if (_taps == 1 && !_isMatrix) return official;
        int inputs = _channels * _taps, output = official / inputs, input = KernelInput(official % inputs);
        return _isMatrix ? Panels.Index(_panelWidth, inputs, output, input) : ((long)input * _outputs) + output;
    }
}
