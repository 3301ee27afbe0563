using ConvNeXt.Backbone.Engines;
using Microsoft.ML;

namespace ConvNeXt.MLNet;

/// <summary>What computes a network.</summary>
public enum ConvNeXtEngine
{
    /// <summary>
    /// The GPU <see cref="MLContext.GpuDeviceId"/> by the TorchSharp engine, where that is set; else the managed engine. Where the GPU cannot be used,
    /// <see cref="MLContext.FallbackToCpu"/> says whether the managed engine takes its place, with one warning, or an
    /// <see cref="EngineUnavailableException"/> is thrown.
    /// </summary>
    Auto,

    /// <summary>The managed engine on the processor, whatever the <see cref="MLContext"/> says.</summary>
    Managed,

    /// <summary>
    /// TorchSharp, on the GPU <see cref="MLContext.GpuDeviceId"/> or, where that is null, on the processor. The app needs the packages
    /// ConvNeXt.Backbone.TorchSharp and one of TorchSharp-cpu, TorchSharp-cuda-linux and TorchSharp-cuda-windows.
    /// </summary>
    TorchSharp,
}
