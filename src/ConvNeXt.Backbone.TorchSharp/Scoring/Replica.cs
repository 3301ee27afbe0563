using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Backbone.Weights;
using TorchSharp;
using Device = TorchSharp.torch.Device;
using ScalarType = TorchSharp.torch.ScalarType;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Scoring;

/// <summary>The requested results of a batch: logits, features, or the output of a stage.</summary>
internal readonly record struct ScoringRequest(bool Features, int? MapStage)
{
    public static ScoringRequest Logits => default;
}

/// <summary>A copy of the network for scoring on one device.</summary>
internal sealed class Replica : IDisposable
{
    private readonly Device _device;
    private readonly ITorchDevices _devices;
    private readonly ComputePrecision _precision;
    private readonly ScoringTensors _tensors;
    private readonly NetworkForward _forward;
    private readonly MemoryLimit _limit;
    private readonly StagingMemory _staging;

    public Replica(ConvNeXtConfig config, WeightSet weights, Device device, ITorchDevices devices, DeviceOptions options)
    {
        (_device, _devices, _precision) = (device, devices, options.Precision);
        ScalarType body = options.Precision == ComputePrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        _tensors = ScoringTensors.Create(config, weights, device, body);
        _forward = new NetworkForward(config, _tensors.Network, new ForwardOptions { Body = body, Stream = body, InPlace = true });
        _limit = new MemoryLimit(options.LargestPart, device.ToString());
        _staging = new StagingMemory(device);
    }

    /// <summary>Scores images in parts that fit in memory.</summary>
    /// <param name="request">The requested results.</param>
    /// <param name="images">[count, height, width, 3].</param>
    /// <param name="count">Number of images.</param>
    /// <param name="height">Height of the images in pixels.</param>
    /// <param name="width">Width of the images in pixels.</param>
    /// <param name="results">Receives the results, the same number of values for each image.</param>
    public void Score(ScoringRequest request, ReadOnlySpan<float> images, int count, int height, int width, Span<float> results)
    {
        int imageFloats = 3 * height * width, resultFloats = results.Length / count;
        for (int first = 0; first < count;)
        {
            int part = Math.Min(count - first, _limit.PartOf(height, width));
            try
            {
                ScorePart(
                    request, images.Slice(first * imageFloats, part * imageFloats), part, height, width,
                    results.Slice(first * resultFloats, part * resultFloats));
                first += part;
            }
            catch (Exception e) when (MemoryLimit.IsOutOfMemory(e))
            {
                _limit.Halve(part, count, height, width, e);
            }
        }
    }

    /// <summary>Frees the device memory. No call may be in progress.</summary>
    public void Dispose()
    {
        _tensors.Dispose();
        _staging.Dispose();
    }

    private void ScorePart(ScoringRequest request, ReadOnlySpan<float> images, int count, int height, int width, Span<float> results)
    {
        using var scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        using var mode = Float32Mode.Enter(_precision);
        _devices.Computing(count);
        using var upload = _staging.Upload(images, [count, height, width, FeatureShape.ImageChannels]);
        Tensor result = request.MapStage is { } stage ? _forward.Map(upload.Tensor, stage) : _forward.Features(upload.Tensor);
        if (request is { MapStage: null, Features: false }) result = _forward.Classify(result);
        TensorTransfer.Read(_devices.Computed(result), results);
    }
}
