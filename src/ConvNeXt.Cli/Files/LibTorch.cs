using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Engines;

namespace ConvNeXt.Cli.Files;

/// <summary>Whether the first GPU can be used.</summary>
internal static class LibTorch
{
    private static string Library => OperatingSystem.IsWindows() ? "torch.dll" : OperatingSystem.IsMacOS() ? "libtorch.dylib" : "libtorch.so";

    private static string PathVariable => OperatingSystem.IsWindows() ? "PATH" : OperatingSystem.IsMacOS() ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";

    /// <summary>Throws if the first GPU cannot be used.</summary>
    /// <exception cref="InvalidOperationException">It cannot be used; the message says what is missing.</exception>
    public static void RequireGpu()
    {
        if (FindWhyNoGpu() is { } reason) throw new InvalidOperationException($"The GPU cannot be used: {reason}");
    }

    /// <summary>Returns why the first GPU cannot be used; null if it can.</summary>
    public static string? FindWhyNoGpu()
    {
        // Looked for here, because TorchSharp would look in the NuGet packages of the user as well, and copy hundreds of megabytes beside the tool.
        if (!NativeLibrary.TryLoad(Library, out _))
            return $"libtorch was not found ({Library}). Put the folder of libtorch with CUDA on the library path of the system, {PathVariable}.";
        return EngineProviders.TryFind(EngineProviders.TorchSharp, out IEngineProvider? provider, out string? reason)
            ? provider.WhyUnavailable(new DeviceOptions { DeviceIds = [0] })
            : reason;
    }
}
