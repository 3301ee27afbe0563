using System.Collections.Immutable;
using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Backbone.Weights;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Engines;

/// <summary>The requested engine, precision and GPUs (null for the GPU of the <see cref="MLContext"/>).</summary>
internal sealed record EngineRequest(ConvNeXtEngine Engine = ConvNeXtEngine.Auto, ComputePrecision Precision = ComputePrecision.Single, IReadOnlyList<int>? DeviceIds = null)
{
    /// <summary>Layers that stay in float32 with <see cref="ComputePrecision.Int8"/>.</summary>
    public ImmutableArray<string> SingleLayers { get; init; } = [];

    /// <summary>Whether both ask for the same; devices are compared one by one.</summary>
    public bool Equals(EngineRequest? other) =>
        other is not null && Engine == other.Engine && Precision == other.Precision
        && (DeviceIds is null ? other.DeviceIds is null : other.DeviceIds is not null && DeviceIds.SequenceEqual(other.DeviceIds))
        && SingleLayers.SequenceEqual(other.SingleLayers, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Engine, Precision, DeviceIds?.Count);

    /// <exception cref="ArgumentOutOfRangeException">The engine or the precision is not defined.</exception>
    public void Check()
    {
        Backbone.Check.Defined(Engine, nameof(Engine));
        Backbone.Check.Defined(Precision, nameof(Precision));
        if (Precision == ComputePrecision.Int8 && (Engine == ConvNeXtEngine.TorchSharp || DeviceIds is { Count: > 0 }))
        {
            throw new ArgumentException(
                $"Precision {nameof(ComputePrecision.Int8)} is for scoring with {nameof(ConvNeXtEngine)}.{nameof(ConvNeXtEngine.Managed)}, without GPUs.");
        }
    }

    /// <exception cref="ArgumentException">The precision is for scoring only.</exception>
    public void CheckForTraining()
    {
        if (Precision != ComputePrecision.Int8) return;
        throw new ArgumentException(
            $"Precision {nameof(ComputePrecision.Int8)} is for scoring only. Train with {nameof(ComputePrecision.Single)}, and call "
            + $"{nameof(ConvNeXtClassificationTransformer.WithEngine)} or {nameof(ConvNeXtClassificationTransformer.Quantize)} of the trained model.",
            nameof(Precision));
    }
}

/// <summary>
/// Creates the engines for training and for the trained model, according to the options and the GPU settings of the context. If the GPU cannot be used and the
/// context allows a fallback, the CPU is used and one warning with the reason is logged.
/// </summary>
internal sealed class EngineChoice
{
    private static int _warnedOfSlowness; // once in a process, as it is about the machine

    private readonly IHost _host;
    private readonly EngineRequest _request;
    private readonly bool _fallbackToCpu;
    private readonly IReadOnlyList<int> _devices;
    private readonly Lock _lock = new();
    private bool _fellBack;
    private bool _warned;

    public EngineChoice(IHost host, EngineRequest request)
    {
        request.Check();
        var environment = host as IHostEnvironmentInternal;
        (_host, _request, _fallbackToCpu) = (host, request, environment?.FallbackToCpu ?? false);
        _devices = request.DeviceIds ?? (environment?.GpuDeviceId is { } device ? [device] : []);
    }

    /// <summary>The engine and, for the managed one, its registers; for the log.</summary>
    public string Description =>
        IsManaged || (_fellBack && _request.Engine != ConvNeXtEngine.TorchSharp)
            ? $"managed, {SimdSupport.Description}{(_request.Precision == ComputePrecision.Int8 ? ", 8-bit products" : "")}"
            : "TorchSharp";

    /// <summary>Whether the managed engine is requested, rather than as a fallback.</summary>
    public bool IsManaged =>
        _request.Engine == ConvNeXtEngine.Managed
        || (_request.Engine == ConvNeXtEngine.Auto && (_devices.Count == 0 || _request.Precision == ComputePrecision.Int8));

    /// <summary>Begins to compile what the engine will need, while the weights are read.</summary>
    public void WarmUp(ConvNeXtConfig config)
    {
        if (IsManaged) ManagedScoringEngine.WarmUp(config, _request.Precision);
    }

    /// <exception cref="EngineUnavailableException">The engine cannot be used, and no fallback is allowed.</exception>
    public IScoringEngine CreateScoringEngine(ConvNeXtConfig config, WeightSet weights, int threadCount) => Create<IScoringEngine>(
        () => new ManagedScoringEngine(config, weights, new EngineOptions
        {
            ThreadCount = threadCount > 0 ? threadCount : null,
            Precision = _request.Precision,
            SingleLayers = _request.SingleLayers,
        }),
        (provider, options) => provider.CreateScoringEngine(config, weights, options));

    /// <exception cref="EngineUnavailableException">The engine cannot be used, and no fallback is allowed.</exception>
    public ITrainingEngine CreateTrainingEngine(TrainingEngineSettings settings) => Create<ITrainingEngine>(
        () => new ManagedTrainingEngine(settings),
        (provider, options) => provider.CreateTrainingEngine(settings, options));

    /// <summary>Logs that a network is created again and again because its model is disposed between uses.</summary>
    public void WarnOfRepeatedCreation()
    {
        using IChannel channel = _host.Start("Engine");
        channel.Warning(
            MessageSensitivity.None,
            "The network was created several times, because the model was disposed and then used again. A PredictionEngine disposes its model unless "
            + "{0}.{1} is false; that takes time with each one.",
            nameof(PredictionEngineOptions),
            nameof(PredictionEngineOptions.OwnsTransformer));
    }

    private TEngine Create<TEngine>(Func<TEngine> createManaged, Func<IEngineProvider, DeviceOptions, TEngine> create)
    {
        if (IsManaged) return CreateManaged(createManaged);
        lock (_lock)
        {
            try
            {
                TEngine created = create(
                    EngineProviders.Find(EngineProviders.TorchSharp), new DeviceOptions { DeviceIds = [.. _devices], Precision = _request.Precision });
                (_fellBack, _warned) = (false, false);
                return created;
            }
            catch (EngineUnavailableException e) when (_devices.Count > 0 && _fallbackToCpu)
            {
                // For this engine only: by the next one, memory of the GPU may be free.
                _fellBack = true;
                WarnOnce(e.Message);
            }

            // An engine that was requested by name is kept, but runs on the CPU.
            return _request.Engine == ConvNeXtEngine.TorchSharp
                ? create(EngineProviders.Find(EngineProviders.TorchSharp), new DeviceOptions { Precision = _request.Precision })
                : CreateManaged(createManaged);
        }
    }

    private void WarnOnce(string reason)
    {
        if (_warned) return;
        _warned = true;
        using IChannel channel = _host.Start("Engine");
        channel.Warning(
            MessageSensitivity.None,
            "GPU {0} is not used; falling back to the CPU because {1} is set: {2}",
            string.Join(", ", _devices),
            nameof(MLContext.FallbackToCpu),
            reason);
    }

    private TEngine CreateManaged<TEngine>(Func<TEngine> create)
    {
        if (SimdSupport.SlowReason is { } reason && Interlocked.Exchange(ref _warnedOfSlowness, 1) == 0)
        {
            using IChannel channel = _host.Start("Engine");
            channel.Warning(MessageSensitivity.None, "{0}", reason);
        }

        return create();
    }
}
