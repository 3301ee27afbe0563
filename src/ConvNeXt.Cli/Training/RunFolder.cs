using System.Text.Json;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;

namespace ConvNeXt.Cli.Training;

/// <summary>The folder of a run: options, log, metrics, checkpoint, model and result. Each run has a new one, and only its own files are written.</summary>
internal sealed class RunFolder
{
    private const string OptionsName = "options.json";

    private RunFolder(string path, TrainRequest request) => (Folder, Request) = (path, request);

    /// <summary>The path of the folder.</summary>
    public string Folder { get; }

    /// <summary>The options of the run.</summary>
    public TrainRequest Request { get; }

    /// <summary>The trained model, or the best so far of a canceled run.</summary>
    public string Model => Path.Combine(Folder, "model.zip");

    /// <summary>Metrics of each epoch.</summary>
    public string Metrics => Path.Combine(Folder, "metrics.csv");

    /// <summary>What the library logged.</summary>
    public string Log => Path.Combine(Folder, "log.txt");

    /// <summary>How the run ended.</summary>
    public string Result => Path.Combine(Folder, "result.json");

    /// <summary>The folder of the checkpoint.</summary>
    public string Checkpoint => Path.Combine(Folder, "checkpoint");

    /// <summary>Creates a new folder whose name tells the data and the time.</summary>
    public static RunFolder Create(string runs, TrainRequest request, DateTime now)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(request.Data));
        return new RunFolder(RequestFolder.Create(runs, name, now, OptionsName, request), request);
    }

    /// <summary>Finds the newest run on a folder of images that did not end.</summary>
    /// <exception cref="UsageException">No run can be resumed.</exception>
    public static RunFolder FindInterrupted(string runs, string data)
    {
        foreach (string folder in RequestFolder.List(runs, OptionsName))
            if (Open(folder) is { } run && run.Request.Data == data && !run.HasEnded()) return run;
        throw new UsageException($"There is no canceled or killed run on '{data}' in '{runs}' to resume; --runs names another folder of runs.");
    }

    /// <summary>Opens the folder of a run.</summary>
    /// <exception cref="UsageException">It is not one, or there is no model in it yet.</exception>
    public static RunFolder OpenExisting(string folder)
    {
        RunFolder run = Open(folder) ?? throw new UsageException($"'{folder}' is not the folder of a run: it has no options.json of convnext train.");
        return File.Exists(run.Model) ? run : throw new UsageException($"The run '{folder}' has no model yet; 'convnext train DIR --resume' continues it.");
    }

    private static RunFolder? Open(string folder) =>
        RequestFolder.Read<TrainRequest>(folder, OptionsName) is { } request ? new RunFolder(Path.GetFullPath(folder), request) : null;

    private bool HasEnded()
    {
        if (!File.Exists(Result)) return false;
        using JsonDocument result = JsonDocument.Parse(File.ReadAllBytes(Result));
        return !result.RootElement.GetProperty(TrainingResultText.Canceled).GetBoolean();
    }
}
