using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Engines;

/// <summary>What is asked of the engine: which one, how exactly, and on which GPUs (null: the one of the <see cref="MLContext"/>).</summary>
internal sealed record EngineRequest(ConvNeXtEngine Engine = ConvNeXtEngine.Auto, ComputePrecision Precision = ComputePrecision.Single, IReadOnlyList<int>? DeviceIds = null)
{
    /// <exception cref="ArgumentOutOfRangeException">A value is none of its enumeration.</exception>
    public void Check()
    {
        if (!Enum.IsDefined(Engine)) throw new ArgumentOutOfRangeException(nameof(Engine), Engine, $"Option {nameof(Engine)} is {Engine}, which is none.");
        if (!Enum.IsDefined(Precision)) throw new ArgumentOutOfRangeException(nameof(Precision), Precision, $"Option {nameof(Precision)} is {Precision}, which is none.");
    }
}

/// <summary>
/// Makes the engines of a component, for training and for the model that comes of it, by the options and by the context's GPU settings. Where the GPU cannot be
/// used and the context allows it the processor computes, and the log has one warning with the reason.
/// </summary>
internal sealed class EngineChoice
{
    private readonly IHost _host;
    private readonly EngineRequest _request;
    private readonly bool _fallbackToCpu;
    private readonly IReadOnlyList<int> _devices;
    private readonly Lock _lock = new();
    private bool _fellBack;

    public EngineChoice(IHost host, EngineRequest request)
    {
        request.Check();
        var environment = host as IHostEnvironmentInternal;
        (_host, _request, _fallbackToCpu) = (host, request, environment?.FallbackToCpu ?? false);
        _devices = request.DeviceIds ?? (environment?.GpuDeviceId is { } device ? [device] : []);
    }

    private bool IsManaged => _request.Engine == ConvNeXtEngine.Managed || (_request.Engine == ConvNeXtEngine.Auto && _devices.Count == 0);

    /// <exception cref="EngineUnavailableException">The engine cannot be used, and may not fall back.</exception>
    public IScoringEngine CreateScoringEngine(ConvNeXtConfig config, WeightSet weights, int threadCount) => Create<IScoringEngine>(
        () => new ManagedScoringEngine(config, weights, new EngineOptions { ThreadCount = threadCount > 0 ? threadCount : null }),
        (provider, options) => provider.CreateScoringEngine(config, weights, options));

    /// <exception cref="EngineUnavailableException">The engine cannot be used, and may not fall back.</exception>
    public ITrainingEngine CreateTrainingEngine(TrainingEngineSettings settings) => Create<ITrainingEngine>(
        () => new ManagedTrainingEngine(settings),
        (provider, options) => provider.CreateTrainingEngine(settings, options));

    private TEngine Create<TEngine>(Func<TEngine> createManaged, Func<IEngineProvider, DeviceOptions, TEngine> create)
    {
        if (IsManaged) return createManaged();
        lock (_lock)
        {
            if (!_fellBack)
            {
                try
                {
                    return create(EngineProviders.Find(EngineProviders.TorchSharp), new DeviceOptions { DeviceIds = [.. _devices], Precision = _request.Precision });
                }
                catch (EngineUnavailableException e) when (_devices.Count > 0 && _fallbackToCpu)
                {
                    _fellBack = true;
                    using IChannel channel = _host.Start("Engine");
                    channel.Warning(
                        MessageSensitivity.None,
                        "GPU {0} is not used, the processor computes instead ({1} is set): {2}",
                        string.Join(", ", _devices),
                        nameof(MLContext.FallbackToCpu),
                        e.Message);
                }
            }

            // An engine that was asked for by name stays the one where it works on the processor.
            return _request.Engine == ConvNeXtEngine.TorchSharp
                ? create(EngineProviders.Find(EngineProviders.TorchSharp), new DeviceOptions { Precision = _request.Precision })
                : createManaged();
        }
    }
}
