using System.Diagnostics;

namespace ConvNeXt.Pretraining.Pictures;

/// <summary>Downloads Debian packages and unpacks each into a folder of its name; nothing is installed.</summary>
internal static class PackageCollector
{
    /// <summary>Collects the packages that are not there yet.</summary>
    /// <param name="packages">Names.</param>
    /// <param name="folder">Where the folders are made.</param>
    public static void Collect(IEnumerable<string> packages, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string package in packages.Distinct().Where(package => !Directory.Exists(Path.Combine(folder, package))))
        {
            string work = Path.Combine(folder, $".{package}");
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
            Directory.CreateDirectory(work);
            Run(work, "apt-get", "download", package);
            string archive = Directory.GetFiles(work, "*.deb").Single();
            Run(work, "dpkg-deb", "-x", archive, work);
            File.Delete(archive);
            Directory.Move(work, Path.Combine(folder, package));
        }
    }

    private static void Run(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder })!;
        process.WaitForExit();
        if (process.ExitCode == 0) return;
        string hint = program == "apt-get" ? " On a new machine, run apt-get update first." : "";
        throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.{hint}");
    }
}
