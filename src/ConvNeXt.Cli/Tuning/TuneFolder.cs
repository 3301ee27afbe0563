using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Tuning;

/// <summary>The folder of a search: options, journal, log, settings, model and result. Each search has a new one.</summary>
internal sealed class TuneFolder
{
    private const string OptionsName = "tune.json";

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
        string name = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(request.Data))}-tune";
        return new TuneFolder(RequestFolder.Create(runs, name, now, OptionsName, request), request);
    }

    /// <summary>Finds the newest search on a folder of images that did not end.</summary>
    /// <exception cref="UsageException">No search can be continued.</exception>
    public static TuneFolder FindInterrupted(string runs, string data)
    {
        foreach (string folder in RequestFolder.List(runs, OptionsName))
            if (Open(folder) is { } search && search.Request.Data == data && !File.Exists(search.Result)) return search;
        throw new UsageException($"There is no canceled or killed search on '{data}' in '{runs}' to resume; --runs names another folder.");
    }

    private static TuneFolder? Open(string folder) =>
        RequestFolder.Read<TuneRequest>(folder, OptionsName) is { } request ? new TuneFolder(Path.GetFullPath(folder), request) : null;
}
