using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Layers;
using TorchSharp;
using ScalarType = TorchSharp.torch.ScalarType;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Training;

/// <summary>
/// Views of flat weights as the tensors of a network, without a copy. For layers that compute in bfloat16, these are views of a bfloat16 copy, which is updated
/// by <see cref="Follow"/>.
/// </summary>
internal sealed class ParameterViews : IDisposable
{
    private readonly FlatTensor _weights;
    private readonly Tensor? _low;
    private readonly Dictionary<string, Tensor> _views = new(StringComparer.Ordinal);

    public ParameterViews(ConvNeXtConfig config, FlatLayout layout, FlatTensor weights, ScalarType body)
    {
        _weights = weights;
        using var scope = torch.NewDisposeScope();
        if (body != ScalarType.Float32) _low = torch.zeros([layout.Floats], body, weights.Values.device).DetachFromDisposeScope();
        foreach (var slot in layout.Slots)
        {
            Tensor source = _low is null || NetworkTensors.IsBehindPooling(slot.Name) ? weights.Values : _low;
            _views.Add(slot.Name, source.narrow(0, slot.Offset, slot.Size).view(slot.Shape).detach().DetachFromDisposeScope());
        }

        Network = new NetworkTensors(config, name => _views.GetValueOrDefault(name));
        Follow();
    }

    /// <summary>The views by position.</summary>
    public NetworkTensors Network { get; }

    /// <summary>Bytes in addition to those of the weights.</summary>
    public long Bytes => _low is null ? 0 : _low.NumberOfElements * sizeof(short);

    /// <summary>The view of a parameter.</summary>
    public Tensor this[string name] => _views[name];

    /// <summary>Updates the bfloat16 copy, if there is one, after the weights have changed.</summary>
    public void Follow()
    {
        if (_low is null) return;
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        _low.copy_(_weights.Values);
    }

    /// <summary>Frees the views and the copy, but not the weights.</summary>
    public void Dispose()
    {
        foreach (Tensor view in _views.Values) view.Dispose();
        _low?.Dispose();
    }
}
