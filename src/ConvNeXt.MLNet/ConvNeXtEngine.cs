using ConvNeXt.Backbone.Engines;
using Microsoft.ML;

namespace ConvNeXt.MLNet;

/// <summary>The engine that runs a network.</summary>
public enum ConvNeXtEngine
{
    /// <summary>
    /// The TorchSharp engine on the GPU <see cref="MLContext.GpuDeviceId"/> if that is set, otherwise the managed engine. If the GPU cannot be used and
    /// <see cref="MLContext.FallbackToCpu"/> is true, the managed engine is used and one warning is logged; if it is false, an
    /// <see cref="EngineUnavailableException"/> is thrown.
    /// </summary>
    Auto,

    /// <summary>The managed engine on the CPU, regardless of the GPU settings of the <see cref="MLContext"/>.</summary>
    Managed,

    /// <summary>
    /// The TorchSharp engine on the GPU <see cref="MLContext.GpuDeviceId"/>, or on the CPU if that is null. The app must reference the packages
    /// ConvNeXt.Backbone.TorchSharp and one of TorchSharp-cpu, TorchSharp-cuda-linux and TorchSharp-cuda-windows.
    /// </summary>
    TorchSharp,
}
