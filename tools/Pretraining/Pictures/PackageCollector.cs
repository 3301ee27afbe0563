using System.ComponentModel;
using System.Diagnostics;

namespace ConvNeXt.Pretraining.Pictures;

/// <summary>Downloads packages and unpacks each into a folder of its name; nothing is installed, and no script of a package is run.</summary>
internal static class PackageCollector
{
    /// <summary>Collects the packages that are not there yet.</summary>
    /// <param name="packages">Rows of the list.</param>
    /// <param name="folder">Where the folders are made.</param>
    public static void Collect(IEnumerable<PicturePackage> packages, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var package in packages.DistinctBy(package => package.Name).Where(package => !Directory.Exists(Path.Combine(folder, package.FolderName))))
        {
            string work = Path.Combine(folder, $".{package.FolderName}");
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
            Directory.CreateDirectory(work);
            Unpack(package, work);
            Directory.Move(work, Path.Combine(folder, package.FolderName));
        }
    }

    private static void Unpack(PicturePackage package, string folder)
    {
        bool isNpm = package.Registry == PackageRegistry.Npm;
        if (isNpm) Run(folder, "npm", "pack", package.Name);
        else Run(folder, "apt-get", "download", package.Name);
        string archive = Directory.GetFiles(folder).Single();
        if (isNpm) Run(folder, "tar", "-xzf", archive);
        else Run(folder, "dpkg-deb", "-x", archive, folder);
        File.Delete(archive);
    }

    private static void Run(string folder, string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder })!;
            process.WaitForExit();
            if (process.ExitCode == 0) return;
            string hint = program == "apt-get" ? " On a new machine, run apt-get update first." : "";
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.{hint}");
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{program} could not be started; install it (Debian: apt-get install {program}).", e);
        }
    }
}
