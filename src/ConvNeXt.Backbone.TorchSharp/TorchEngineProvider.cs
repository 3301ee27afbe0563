using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Backbone.Weights;

[assembly: EngineProvider(typeof(TorchEngineProvider))]

namespace ConvNeXt.Backbone.TorchSharp;

/// <summary>Creates TorchSharp engines. <see cref="EngineProviders"/> finds it under <see cref="EngineProviders.TorchSharp"/>.</summary>
internal sealed class TorchEngineProvider : IEngineProvider
{
    private readonly ITorchDevices _devices;

    /// <summary>Creates engines on the devices of this machine.</summary>
    public TorchEngineProvider()
        : this(TorchDevices.Instance)
    {
    }

    internal TorchEngineProvider(ITorchDevices devices) => _devices = devices;

    /// <inheritdoc/>
    public string? WhyUnavailable(DeviceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return DeviceChoice.WhyUnavailable(options, _devices);
    }

    /// <inheritdoc/>
    public IScoringEngine CreateScoringEngine(ConvNeXtConfig config, WeightSet weights, DeviceOptions options) =>
        new TorchScoringEngine(config, weights, options, _devices);

    /// <inheritdoc/>
    public ITrainingEngine CreateTrainingEngine(TrainingEngineSettings settings, DeviceOptions options) => new TorchTrainingEngine(settings, options, _devices);
}
