using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.TorchSharp.Devices;

namespace ConvNeXt.Tests;

/// <summary>The error message if libtorch does not load.</summary>
[TestClass]
public sealed class LibTorchDiagnosisTests
{
    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void AnEmptyFolder_NamesThePackageToAdd()
    {
        string cpu = LibTorchDiagnosis.Explain([_folder], gpu: false, "reported"), gpu = LibTorchDiagnosis.Explain([_folder], gpu: true, "reported");
        StringAssert.Contains(cpu, "add a reference to one of the packages TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows");
        StringAssert.Contains(gpu, "add a reference to one of the packages TorchSharp-cuda-linux or TorchSharp-cuda-windows");
    }

    [TestMethod]
    public void ALibraryThatCannotBeLoaded_IsNamed_AndNoPackageIsAskedFor()
    {
        foreach (string name in new[] { "torch.dll", "LibTorchSharp.dll", "libtorch.so", "libLibTorchSharp.so", "libtorch.dylib", "libLibTorchSharp.dylib" })
            File.WriteAllText(Path.Combine(_folder, name), "This is not a library.");
        var devices = new SimulatedDevices { LoadFailure = new NotSupportedException("reported"), LibraryFolders = [Path.GetTempPath(), _folder] };
        string message = new TorchEngineProvider(devices).WhyUnavailable(new DeviceOptions())!;
        StringAssert.StartsWith(message, Path.Combine(_folder, OperatingSystem.IsWindows() ? "torch.dll" : "libtorch."));
        StringAssert.Contains(message, "cannot be loaded");
        StringAssert.Contains(message, "Ubuntu 24.04, Debian 13, RHEL 10");
        Assert.IsFalse(message.Contains("add a reference", StringComparison.Ordinal), message);
        if (OperatingSystem.IsLinux()) StringAssert.Contains(message, "file too short"); // the dynamic linker's words
    }

    [TestMethod]
    public void LibrariesThatLoad_LeaveTheReportedMessage()
    {
        var folders = LibTorchDiagnosis.ApplicationFolders;
        StringAssert.Contains(LibTorchDiagnosis.Explain(folders, gpu: false, "entry point 'THS_x' is missing"), "(entry point 'THS_x' is missing)");
    }

    /// <summary>
    /// The library as the package has it, not the copy in the output folder that eng/LibTorch.targets adapts to older systems. libtorch itself is taken
    /// from the output folder.
    /// </summary>
    [TestMethod]
    public void ThePackagesLibrary_OnASystemThatIsTooOld_QuotesTheDynamicLinker()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } configured
            ? configured
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string native = Path.Combine("runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        string? package = Directory.Exists(Path.Combine(packages, "torchsharp"))
            ? Directory.GetDirectories(Path.Combine(packages, "torchsharp"))
                .Select(version => Path.Combine(version, native)).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libLibTorchSharp.so")))
            : null;
        if (package is null) Assert.Inconclusive($"Skipped: needs the package TorchSharp with {native}/libLibTorchSharp.so in {packages}.");

        string message = LibTorchDiagnosis.Explain([package, .. LibTorchDiagnosis.ApplicationFolders], gpu: false, "reported");
        if (message.Contains("(reported)", StringComparison.Ordinal)) Assert.Inconclusive("Skipped: this system loads the library of the package TorchSharp.");
        StringAssert.Contains(message, "GLIBCXX_");
        StringAssert.Contains(message, "libstdc++.so.6");
        StringAssert.Contains(message, "Ubuntu 24.04, Debian 13, RHEL 10");
        Assert.IsFalse(message.Contains("add a reference", StringComparison.Ordinal), message);
    }
}
