using System.Globalization;
using System.Text.Json;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Tuning;

/// <summary>The folder of a search: options, journal, log, settings, model and result. Each search has a new one.</summary>
internal sealed class TuneFolder
{
    private const string OptionsName = "tune.json";

    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true, NewLine = "\n" };

    private TuneFolder(string path, TuneRequest request) => (Folder, Request) = (path, request);

    /// <summary>The path of the folder; the journal is in it.</summary>
    public string Folder { get; }

    /// <summary>The options of the search.</summary>
    public TuneRequest Request { get; }

    /// <summary>The model.</summary>
    public string Model => Path.Combine(Folder, "model.zip");

    /// <summary>The chosen settings.</summary>
    public string Settings => Path.Combine(Folder, "settings.json");

    /// <summary>What the library logged.</summary>
    public string Log => Path.Combine(Folder, "log.txt");

    /// <summary>How the search ended; it is there when it has.</summary>
    public string Result => Path.Combine(Folder, "result.json");

    /// <summary>Creates a new folder whose name tells the data and the time.</summary>
    public static TuneFolder Create(string runs, TuneRequest request, DateTime now)
    {
        string data = Path.GetFileName(Path.TrimEndingDirectorySeparator(request.Data));
        string name = $"{data}-tune-{now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        for (int number = 1; ; number++)
        {
            string folder = Path.GetFullPath(Path.Combine(runs, number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{number}")));
            if (Path.Exists(folder)) continue;
            Directory.CreateDirectory(folder);
            try
            {
                // Of two processes with the same name in mind, one gets the file, and the folder.
                using var options = new FileStream(Path.Combine(folder, OptionsName), FileMode.CreateNew, FileAccess.Write);
                JsonSerializer.Serialize(options, request, _json);
                return new TuneFolder(folder, request);
            }
            catch (IOException) when (File.Exists(Path.Combine(folder, OptionsName)))
            {
                // The other process was faster; the next number is free.
            }
        }
    }

    /// <summary>Finds the newest search on a folder of images that did not end.</summary>
    /// <exception cref="UsageException">No search can be continued.</exception>
    public static TuneFolder FindInterrupted(string runs, string data)
    {
        IEnumerable<string> folders = Directory.Exists(runs) ? Directory.EnumerateDirectories(runs) : [];
        foreach (string folder in folders.OrderByDescending(folder => File.GetLastWriteTimeUtc(Path.Combine(folder, OptionsName))))
            if (Open(folder) is { } search && search.Request.Data == data && !File.Exists(search.Result)) return search;
        throw new UsageException($"There is no canceled or killed search on '{data}' in '{runs}' to resume; --runs names another folder.");
    }

    private static TuneFolder? Open(string folder)
    {
        try
        {
            using FileStream options = File.OpenRead(Path.Combine(folder, OptionsName));
            return JsonSerializer.Deserialize<TuneRequest>(options) is { } request ? new TuneFolder(Path.GetFullPath(folder), request) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // some other folder
        }
    }
}
