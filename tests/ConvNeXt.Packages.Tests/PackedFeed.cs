using System.Xml.Linq;

namespace ConvNeXt.Tests;

/// <summary>The packages of this repository, packed once for all tests into a folder that serves as a package feed.</summary>
internal static class PackedFeed
{
    private static readonly Lazy<string> LazyFolder = new(Pack);

    /// <summary>Folders in NuGet's global package folder that tests have filled with packages of this feed.</summary>
    private static readonly HashSet<string> ExtractedPackages = [];

    /// <summary>The folder with the packages.</summary>
    public static string Folder => LazyFolder.Value;

    /// <summary>A version that no run before had, so that NuGet never takes an older package out of its cache.</summary>
    public static string Version { get; } = $"{ReadProjectVersion()}-test.{DateTime.UtcNow.Ticks}";

    /// <summary>The package with an id.</summary>
    public static PackageFile Open(string id) => new(Path.Combine(Folder, $"{id}.{Version}.nupkg"), id);

    /// <summary>Notes where NuGet has extracted packages of the feed, so that they are removed after all tests.</summary>
    public static void NoteExtracted(string globalPackageFolder)
    {
        foreach (string package in Directory.EnumerateFiles(Folder, "*.nupkg"))
        {
            string id = Path.GetFileName(package).Replace($".{Version}.nupkg", "", StringComparison.Ordinal).ToLowerInvariant();
            ExtractedPackages.Add(Path.Combine(globalPackageFolder, id, Version));
        }
    }

    /// <summary>Deletes the packages of the feed from NuGet's global package folder. The feed itself is a temporary folder like others.</summary>
    private static void RemoveExtracted()
    {
        foreach (string extracted in ExtractedPackages.Where(Directory.Exists))
        {
            Directory.Delete(extracted, recursive: true);
            string package = Path.GetDirectoryName(extracted)!;
            if (!Directory.EnumerateFileSystemEntries(package).Any()) Directory.Delete(package);
        }
    }

    private static string ReadProjectVersion() =>
        XDocument.Load(Path.Combine(TestFolders.Repository, "Directory.Build.props")).Descendants("Version").Single().Value;

    private static string Pack()
    {
        string folder = TestFolders.CreateTemporary();
        TestAssembly.Ending += RemoveExtracted;
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
