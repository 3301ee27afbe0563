using System.Runtime.InteropServices;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>
/// Explains why libtorch did not load. TorchSharp's own exception does not contain the reason of the dynamic linker, so the libraries are loaded once more
/// by their full paths.
/// </summary>
internal static class LibTorchDiagnosis
{
    private const string CpuPackage = "TorchSharp-cpu", CudaPackages = "TorchSharp-cuda-linux or TorchSharp-cuda-windows";

    private const string Systems = "libtorch runs on Linux x64 with glibc 2.34 and the libstdc++ of GCC 13 or later (Ubuntu 24.04, Debian 13, RHEL 10), "
        + "on Windows x64 and on macOS Arm64.";

    // In loading order: TorchSharp's native library needs libtorch.
    private static readonly string[] _libraries = [FileName("torch"), FileName("LibTorchSharp")];

    /// <summary>The folders in which this application's native libraries can be.</summary>
    public static IReadOnlyList<string> ApplicationFolders { get; } =
    [
        AppContext.BaseDirectory,
        Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"),
        .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
    ];

    /// <summary>Returns why libtorch did not load, and what would help.</summary>
    /// <param name="folders">The folders to search, in this order.</param>
    /// <param name="gpu">Whether the application wants a GPU, so that libtorch needs CUDA.</param>
    /// <param name="reported">The message of the exception that was thrown; used if the libraries can be loaded.</param>
    public static string Explain(IReadOnlyList<string> folders, bool gpu, string reported)
    {
        string?[] paths = [.. _libraries.Select(library => folders.Select(folder => Path.Combine(folder, library)).FirstOrDefault(File.Exists))];
        if (paths.Contains(null))
        {
            string packages = gpu ? CudaPackages : $"{CpuPackage}, {CudaPackages}";
            return $"libtorch was not found ({_libraries[Array.IndexOf(paths, null)]}): add a reference to one of the packages {packages} "
                + $"in the version of TorchSharp. {Systems}";
        }

        foreach (string? path in paths)
        {
            if (LinkerError(path!) is { } error) return $"{path} cannot be loaded: {error}. {Systems}";
        }

        return $"libtorch was loaded but cannot be used ({reported.TrimEnd('.')}). "
            + $"The packages TorchSharp and {CpuPackage}, {CudaPackages} must have the same version.";
    }

    // The first line of the runtime's message is general advice; on Linux and macOS, the dynamic linker's message follows.
    private static string? LinkerError(string path)
    {
        try
        {
            NativeLibrary.Load(path); // not freed: TorchSharp may use it
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            string[] lines = e.Message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return string.Join(' ', lines.Length > 1 ? lines[1..] : lines).TrimEnd('.');
        }
    }

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
}
