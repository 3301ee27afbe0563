using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Backbone.Weights;
using TorchSharp;
using static TorchSharp.torch.nn;
using Device = TorchSharp.torch.Device;
using ScalarType = TorchSharp.torch.ScalarType;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Scoring;

/// <summary>
/// Weights of a network on a device, for scoring only. Whatever can be computed in advance is folded into the neighboring layer: weight and bias of the norms
/// before linear layers and downsampling convolutions, the beta of the response norm, and the layer scale.
/// </summary>
internal sealed class ScoringTensors : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors;

    private ScoringTensors(ConvNeXtConfig config, Dictionary<string, Tensor> tensors) =>
        (_tensors, Network) = (tensors, new NetworkTensors(config, name => tensors.GetValueOrDefault(name)));

    /// <summary>The tensors by position.</summary>
    public NetworkTensors Network { get; }

    /// <summary>Uploads and folds the weights.</summary>
    /// <param name="config">The network.</param>
    /// <param name="weights">All weights of the network.</param>
    /// <param name="device">The target device.</param>
    /// <param name="body">Type of the layers before pooling.</param>
    public static ScoringTensors Create(ConvNeXtConfig config, WeightSet weights, Device device, ScalarType body)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var tensors = weights.Tensors.ToDictionary(weight => weight.Name, weight => TensorTransfer.Upload(weight, device), StringComparer.Ordinal);
        for (int stage = 0; stage < config.Widths.Length; stage++)
        {
            if (stage > 0) FoldNorm($"downsample_layers.{stage}.0", $"downsample_layers.{stage}.1");
            for (int block = 0; block < config.Depths[stage]; block++) FoldBlock(ParameterTable.BlockName(config, stage, block));
        }

        foreach (string name in tensors.Keys.ToList())
        {
            ScalarType type = NetworkTensors.IsBehindPooling(name) ? ScalarType.Float32 : body;
            tensors[name] = tensors[name].to(type).contiguous();
        }

        foreach (Tensor tensor in tensors.Values) tensor.DetachFromDisposeScope();
        return new ScoringTensors(config, tensors);

        void FoldBlock(string name)
        {
            FoldNorm($"{name}.norm", $"{name}.pwconv1");
            if (tensors.Remove($"{name}.grn.beta", out Tensor? beta)) AddThrough($"{name}.pwconv2", beta.view(1, -1));
            if (!tensors.Remove($"{name}.gamma", out Tensor? gamma)) return;
            tensors[$"{name}.pwconv2.weight"] = tensors[$"{name}.pwconv2.weight"].mul(gamma.view(-1, 1));
            tensors[$"{name}.pwconv2.bias"] = tensors[$"{name}.pwconv2.bias"].mul(gamma);
        }

        void FoldNorm(string norm, string layer)
        {
            tensors.Remove($"{norm}.weight", out Tensor? scale);
            tensors.Remove($"{norm}.bias", out Tensor? shift);
            Tensor weight = tensors[$"{layer}.weight"];
            AddThrough(layer, shift!.view(1, -1));
            tensors[$"{layer}.weight"] = weight.shape.Length == 2 ? weight.mul(scale!) : weight.mul(scale!.view(1, -1, 1, 1));
        }

        // Adds the contribution of a constant input of a linear layer, or of a convolution without padding, to its bias.
        void AddThrough(string layer, Tensor input)
        {
            Tensor weight = tensors[$"{layer}.weight"];
            if (weight.shape.Length > 2) weight = weight.sum([2, 3]);
            tensors[$"{layer}.bias"] = functional.linear(input, weight, tensors[$"{layer}.bias"]).view(-1);
        }
    }

    /// <summary>Frees the device memory.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values) tensor.Dispose();
    }
}
