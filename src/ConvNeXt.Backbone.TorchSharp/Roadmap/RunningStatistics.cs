using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Roadmap;

/// <summary>
/// The running averages of batch norms in a step that may still fail or be canceled: the batches of the step update copies, which replace the engine's values
/// together with its weights.
/// </summary>
internal sealed class RunningStatistics : IDisposable
{
    private readonly Dictionary<Tensor, Tensor> _copies = new(ReferenceEqualityComparer.Instance);

    /// <summary>Returns the copy for a batch norm to update; it belongs to this object.</summary>
    /// <param name="statistic">The engine's tensor.</param>
    public Tensor CopyOf(Tensor statistic)
    {
        if (!_copies.TryGetValue(statistic, out Tensor? copy)) _copies.Add(statistic, copy = statistic.clone().DetachFromDisposeScope());
        return copy;
    }

    /// <summary>Writes the updated values to the engine's tensors.</summary>
    public void Apply()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var (statistic, copy) in _copies) statistic.copy_(copy);
        Clear();
    }

    /// <summary>Drops the updates.</summary>
    public void Clear()
    {
        foreach (Tensor copy in _copies.Values) copy.Dispose();
        _copies.Clear();
    }

    /// <summary>Frees the copies.</summary>
    public void Dispose() => Clear();
}
