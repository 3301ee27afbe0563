using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Backbone.Weights;
using TorchSharp;
using Device = TorchSharp.torch.Device;
using ScalarType = TorchSharp.torch.ScalarType;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Training;

/// <summary>One value for each weight of a network (the weights, gradients or moments), in one float32 tensor on a device.</summary>
internal sealed class FlatTensor : IDisposable
{
    private readonly FlatLayout _layout;

    /// <summary>Creates a tensor of zeros.</summary>
    public FlatTensor(FlatLayout layout, Device device)
    {
        _layout = layout;
        Values = torch.zeros([layout.Floats], ScalarType.Float32, device).DetachFromDisposeScope();
    }

    /// <summary>All values, [number of weights].</summary>
    public Tensor Values { get; }

    /// <summary>Size of the tensor in bytes.</summary>
    public long Bytes => _layout.Floats * sizeof(float);

    /// <summary>Overwrites all values.</summary>
    public void Import(WeightSet weights)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var slot in _layout.Slots)
            Values.narrow(0, slot.Offset, slot.Size).copy_(TensorTransfer.Upload(weights[slot.Name].Values, [slot.Size], Values.device));
    }

    /// <summary>Returns a copy under official names, in the official order and shapes.</summary>
    public WeightSet Export()
    {
        var weights = new WeightSet();
        foreach (var slot in _layout.Official) weights.Add(new WeightTensor(slot.Name, slot.OfficialShape, new float[slot.Size]));
        Export(weights);
        return weights;
    }

    /// <summary>Overwrites the values of existing weights of this network.</summary>
    public void Export(WeightSet destination)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Tensor host = Values.cpu();
        foreach (var slot in _layout.Slots) TensorTransfer.Read(host.narrow(0, slot.Offset, slot.Size), destination[slot.Name].Values);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => Values.Dispose();
}
