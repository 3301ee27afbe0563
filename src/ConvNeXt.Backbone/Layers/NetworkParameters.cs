using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Layers;

/// <summary>A parameter's values and, in training, its gradient; both in kernel order.</summary>
internal readonly unsafe struct Parameter(float* value, float* gradient)
{
    public readonly float* Value = value;
    public readonly float* Gradient = gradient;
}

/// <summary>All parameters of a network in one block of memory; for training, their gradients and AdamW moments in three more of the same layout.</summary>
internal sealed unsafe class NetworkParameters : IDisposable
{
    private readonly Dictionary<string, WeightLayout> _byName;
    private readonly NativeArena _values;
    private readonly NativeArena? _gradients;
    private readonly NativeArena? _firstMoments;
    private readonly NativeArena? _secondMoments;

    public NetworkParameters(ConvNeXtConfig config, int panelWidth, bool forTraining)
    {
        Config = config;
        var plan = new ArenaPlan();
        Layouts = [.. ParameterTable.Of(config).Select(parameter => new WeightLayout(parameter, panelWidth, plan))];
        _byName = Layouts.ToDictionary(layout => layout.Parameter.Name, StringComparer.Ordinal);
        Floats = plan.Floats;
        _values = new NativeArena(plan);
        if (!forTraining) return;
        _gradients = new NativeArena(plan);
        _firstMoments = new NativeArena(plan);
        _secondMoments = new NativeArena(plan);
    }

    public ConvNeXtConfig Config { get; }

    public IReadOnlyList<WeightLayout> Layouts { get; }

    /// <summary>Floats of each block, including padding.</summary>
    public long Floats { get; }

    public float* Values => _values.At(0);

    public float* Gradients => (_gradients ?? throw NotTrained()).At(0);

    public float* FirstMoments => (_firstMoments ?? throw NotTrained()).At(0);

    public float* SecondMoments => (_secondMoments ?? throw NotTrained()).At(0);

    /// <summary>Bytes allocated.</summary>
    public long Bytes => _values.Bytes + (_gradients?.Bytes ?? 0) + (_firstMoments?.Bytes ?? 0) + (_secondMoments?.Bytes ?? 0);

    /// <summary>The memory of one parameter; its address does not change.</summary>
    public Parameter this[string name]
    {
        get
        {
            long offset = _byName[name].Offset;
            return new Parameter(_values.At(offset), _gradients is null ? null : _gradients.At(offset));
        }
    }

    /// <summary>Copies the weights of a set.</summary>
    /// <exception cref="WeightMismatchException">The weights do not fit this configuration.</exception>
    public void Import(WeightSet weights) => Import(weights, Values);

    /// <summary>Copies the values of a set, of weights or of e.g. their moments, into memory of this layout.</summary>
    /// <exception cref="WeightMismatchException">The weights do not fit this configuration.</exception>
    public void Import(WeightSet weights, float* memory)
    {
        WeightCheck.Require(Config, weights);
        Parallel.ForEach(Layouts, layout => layout.Import(weights[layout.Parameter.Name].Values, memory)); // each writes only its own piece
    }

    /// <summary>Reads the weights of a file, one tensor at a time.</summary>
    /// <exception cref="WeightMismatchException">The weights do not fit this configuration.</exception>
    public void Import(WeightFile weights)
    {
        weights.Require(Config);
        var official = new float[Layouts.Max(layout => layout.OfficialCount)];
        foreach (var layout in Layouts)
        {
            Span<float> values = official.AsSpan(0, layout.OfficialCount);
            weights.Read(layout.Parameter.Name, values);
            layout.Import(values, Values);
        }
    }

    public WeightSet ExportValues() => Export(Values);

    /// <summary>Copies the values into an existing set.</summary>
    /// <exception cref="WeightMismatchException">The set does not fit this configuration.</exception>
    public void ExportValues(WeightSet destination)
    {
        WeightCheck.Require(Config, destination);
        foreach (var layout in Layouts) layout.Export(Values, destination[layout.Parameter.Name].Values);
    }

    /// <summary>Returns a copy of memory of this layout, under official names.</summary>
    public WeightSet Export(float* memory)
    {
        var weights = new WeightSet();
        foreach (var layout in Layouts) weights.Add(new WeightTensor(layout.Parameter.Name, layout.Parameter.Shape, layout.Export(memory)));
        return weights;
    }

    public WeightSet ExportGradients() => Export(Gradients);

    public void ClearGradients() => _gradients?.Clear();

    public void Dispose()
    {
        _values.Dispose();
        _gradients?.Dispose();
        _firstMoments?.Dispose();
        _secondMoments?.Dispose();
    }

    private static InvalidOperationException NotTrained() => new("These parameters were created for scoring only.");

}
