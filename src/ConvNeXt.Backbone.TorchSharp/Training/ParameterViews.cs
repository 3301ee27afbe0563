using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.TorchSharp.Roadmap;
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
    private readonly ConvNeXtConfig _config;
    private readonly FlatTensor _weights;
    private readonly Tensor? _low;
    private readonly Dictionary<string, Tensor> _views = new(StringComparer.Ordinal);

    public ParameterViews(ConvNeXtConfig config, FlatLayout layout, FlatTensor weights, ScalarType body)
    {
        (_config, _weights) = (config, weights);
        using var scope = torch.NewDisposeScope();
        if (body != ScalarType.Float32) _low = torch.zeros([layout.Floats], body, weights.Values.device).DetachFromDisposeScope();
        foreach (var slot in layout.Slots)
        {
            Tensor source = _low is null || NetworkTensors.IsBehindPooling(slot.Name) ? weights.Values : _low;
            _views.Add(slot.Name, source.narrow(0, slot.Offset, slot.Size).view(slot.Shape).detach().DetachFromDisposeScope());
        }

        Follow();
    }

    private NetworkTensors Network => field ??= new NetworkTensors(_config, name => _views.GetValueOrDefault(name));

    /// <summary>Bytes in addition to those of the weights.</summary>
    public long Bytes => _low is null ? 0 : _low.NumberOfElements * sizeof(short);

    /// <summary>The view of a parameter.</summary>
    public Tensor this[string name] => _views[name];

    /// <summary>Computes the logits of images, [images, classes]; they belong to the current dispose scope.</summary>
    /// <param name="images">[images, height, width, 3].</param>
    /// <param name="options">Options of the pass.</param>
    /// <param name="statistics">In training, receives what batch norms measure; null in scoring.</param>
    public Tensor Logits(Tensor images, ForwardOptions options, RunningStatistics? statistics = null)
    {
        if (_config.Parts is not null) return new PlanForward(_config, name => _views[name], options, statistics).Logits(images);
        var forward = new NetworkForward(_config, Network, options);
        return forward.Classify(forward.Features(images));
    }

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
