using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Cli.Terminal;
using static System.FormattableString;

namespace ConvNeXt.Cli.Output;

/// <summary>Says what the machine offers for training and scoring.</summary>
internal static class MachineInformation
{
    /// <summary>Writes it.</summary>
    public static int Write(ToolConsole console, bool json)
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        string? noGpu = FindWhyNoGpu();
        if (json)
        {
            JsonText.Write(console.Output, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("system", RuntimeInformation.OSDescription);
                writer.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString());
                writer.WriteString("framework", RuntimeInformation.FrameworkDescription);
                writer.WriteString("vectors", SimdSupport.Description);
                writer.WriteString("slow", SimdSupport.SlowReason);
                writer.WriteNumber("cores", Environment.ProcessorCount);
                writer.WriteNumber("memoryBytes", memory.TotalAvailableMemoryBytes);
                writer.WriteBoolean("gpu", noGpu is null);
                writer.WriteString("whyNoGpu", noGpu);
                writer.WriteEndObject();
            });
            return ExitCode.Ok;
        }
        console.Output.WriteLine($"System   {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}");
        console.Output.WriteLine($"Vectors  {SimdSupport.Description}");
        if (SimdSupport.SlowReason is { } slow) console.Output.WriteLine($"         {slow}");
        console.Output.WriteLine(Invariant($"Cores    {Environment.ProcessorCount}"));
        console.Output.WriteLine(Invariant($"Memory   {memory.TotalAvailableMemoryBytes / 1e9:0.0} GB for this process"));
        console.Output.WriteLine($"GPU      {(noGpu is null ? "can be used by train --gpu" : $"none: {noGpu}")}");
        return ExitCode.Ok;
    }

    private static string? FindWhyNoGpu() => EngineProviders.TryFind(EngineProviders.TorchSharp, out IEngineProvider? provider, out string? reason)
        ? provider.WhyUnavailable(new DeviceOptions { DeviceIds = [0] })
        : reason;
}
