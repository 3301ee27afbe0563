using System.Globalization;
using System.Text.Json;

namespace ConvNeXt.Cli.Files;

/// <summary>Folders of runs: each run has a new one, with its options in a file whose name tells what kind of run it is.</summary>
internal static class RequestFolder
{
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>Creates a new folder and writes the options.</summary>
    /// <param name="runs">The folder of all runs.</param>
    /// <param name="name">How the name of the folder begins; the time and, if necessary, a number follow.</param>
    /// <param name="now">The time.</param>
    /// <param name="optionsName">The name of the file of options.</param>
    /// <param name="request">The options.</param>
    /// <returns>The full path of the folder.</returns>
    public static string Create<T>(string runs, string name, DateTime now, string optionsName, T request)
    {
        name = $"{name}-{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        for (int number = 1; ; number++)
        {
            string folder = Path.GetFullPath(Path.Combine(runs, number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{number}")));
            if (Path.Exists(folder)) continue;
            Directory.CreateDirectory(folder);
            string file = Path.Combine(folder, optionsName);
            try
            {
                // Of two processes with the same name in mind, one gets the file, and the folder.
                using var options = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
                JsonSerializer.Serialize(options, request, _json);
                return folder;
            }
            catch (IOException) when (File.Exists(file))
            {
                // The other process was faster; the next number is free.
            }
        }
    }

    /// <summary>Lists folders of runs, the newest first; folders of another kind may be among them.</summary>
    public static IEnumerable<string> List(string runs, string optionsName) => Directory.Exists(runs)
        ? Directory.EnumerateDirectories(runs).OrderByDescending(folder => File.GetLastWriteTimeUtc(Path.Combine(folder, optionsName)))
        : [];

    /// <summary>Reads the options of a folder; null if it has none of that kind.</summary>
    public static T? Read<T>(string folder, string optionsName) where T : class
    {
        try
        {
            using FileStream options = File.OpenRead(Path.Combine(folder, optionsName));
            return JsonSerializer.Deserialize<T>(options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // some other folder
        }
    }
}
