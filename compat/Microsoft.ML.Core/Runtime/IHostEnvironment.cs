namespace Microsoft.ML.Runtime;

/// <summary>Opens channels for messages.</summary>
public interface IChannelProvider : IExceptionContext
{
    IChannel Start(string name);

    IPipe<TMessage> StartPipe<TMessage>(string name);
}

/// <summary>What a component is given to live in: channels, progress, random numbers (through <see cref="Register"/>), known components.</summary>
public interface IHostEnvironment : IChannelProvider, IProgressChannelProvider
{
    ComponentCatalog ComponentCatalog { get; }

    IHost Register(string name, int? seed = null, bool? verbose = null);
}

/// <summary>The environment of one component.</summary>
public interface IHost : IHostEnvironment
{
    Random Rand { get; }
}

internal interface ICancelable
{
    bool IsCanceled { get; }

    void CancelExecution();
}

internal interface IHostEnvironmentInternal : IHostEnvironment
{
    int? Seed { get; }

    string TempFilePath { get; set; }

    bool FallbackToCpu { get; set; }

    int? GpuDeviceId { get; set; }
}
