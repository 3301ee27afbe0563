using System.Xml.Linq;

namespace ConvNeXt.Tests;

/// <summary>The packages of this repository, packed once for all tests into a folder that serves as a package feed.</summary>
internal static class PackedFeed
{
    private static readonly Lazy<string> LazyFolder = new(Pack);

    /// <summary>The folder with the packages.</summary>
    public static string Folder => LazyFolder.Value;

    /// <summary>A version that no run before had, so that NuGet never takes an older package out of its cache.</summary>
    public static string Version { get; } = $"{ReadProjectVersion()}-test.{DateTime.UtcNow.Ticks}";

    /// <summary>The package with an id.</summary>
    public static PackageFile Open(string id) => new(Path.Combine(Folder, $"{id}.{Version}.nupkg"), id);

    /// <summary>Deletes the feed's packages from the folder that NuGet has extracted them to.</summary>
    public static void RemoveExtracted(string globalPackageFolder)
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "*.nupkg"))
        {
            string id = Path.GetFileName(file).Replace($".{Version}.nupkg", "", StringComparison.Ordinal).ToLowerInvariant();
            string package = Path.Combine(globalPackageFolder, id), extracted = Path.Combine(package, Version);
            if (!Directory.Exists(extracted)) continue;
            Directory.Delete(extracted, recursive: true);
            if (!Directory.EnumerateFileSystemEntries(package).Any()) Directory.Delete(package);
        }
    }

    private static string ReadProjectVersion() =>
        XDocument.Load(Path.Combine(TestFolders.Repository, "Directory.Build.props")).Descendants("Version").Single().Value;

    private static string Pack()
    {
        string folder = TestFolders.CreateTemporary();
        // The projects were built with the tests. Only a release build has no paths of the machine, so tests of a debug build make one first.
#if DEBUG
        string build = "--no-restore";
#else
        string build = "--no-build";
#endif
        CommandResult result = DotnetCommand.Run(
            TestFolders.Repository, "pack", "ConvNeXt.MLNet.sln", "-c", "Release", build, $"-p:PackageVersion={Version}", "-o", folder);
        Assert.AreEqual(0, result.ExitCode, result.Everything);
        return folder;
    }
}
