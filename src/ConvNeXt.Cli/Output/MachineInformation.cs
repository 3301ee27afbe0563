using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Cli.Files;
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
        string? noGpu = LibTorch.FindWhyNoGpu();
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
        string framework = RuntimeInformation.FrameworkDescription;
        console.Output.WriteLine($"System   {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {framework}");
        console.Output.WriteLine($"Vectors  {SimdSupport.Description}");
        if (SimdSupport.SlowReason is { } slow) console.Output.WriteLine($"         {slow}");
        console.Output.WriteLine(Invariant($"Cores    {Environment.ProcessorCount}"));
        console.Output.WriteLine(Invariant($"Memory   {memory.TotalAvailableMemoryBytes / 1e9:0.0} GB for this process"));
        console.Output.WriteLine($"GPU      {(noGpu is null ? "can be used by train --gpu" : $"none: {noGpu}")}");
        return ExitCode.Ok;
    }
}
