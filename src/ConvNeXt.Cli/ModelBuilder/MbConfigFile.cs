using System.Text.Json;
using System.Text.Json.Nodes;
using ConvNeXt.Cli.Files;
using static System.FormattableString;

namespace ConvNeXt.Cli.ModelBuilder;

/// <summary>
/// A project file of ML.NET Model Builder (.mbconfig) with the scenario image classification: the folder of images, options of the training and its result.
/// What this tool does not know stays in the file as it is. The file may come from anywhere: its size is limited, it cannot name a folder outside of its own,
/// and every value is checked where it is read.
/// </summary>
internal sealed class MbConfigFile
{
    /// <summary>The extension of the files.</summary>
    public const string Extension = ".mbconfig";

    /// <summary>The extensions of model files: Model Builder wrote .zip at first, and .mlnet later.</summary>
    public static readonly string[] ModelExtensions = [".mlnet", ".zip"];

    private const string Scenario = "ImageClassification";
    private const int OldestVersion = 2, NewestVersion = 5;
    private const long LargestFile = 4 << 20;

    // Model Builder writes the largest number, or nearly, where it has no time limit.
    private const int NoTimeLimit = 2_147_482;

    private static readonly JsonDocumentOptions _reading = new() { AllowDuplicateProperties = false, MaxDepth = 64 };
    private static readonly JsonSerializerOptions _writing = new() { WriteIndented = true, NewLine = "\n" };

    private readonly JsonObject _root;

    private MbConfigFile(string path, JsonObject root) => (FilePath, _root) = (path, root);

    /// <summary>The full path of the file.</summary>
    public string FilePath { get; }

    /// <summary>The version of the file's format: 2 to 5.</summary>
    public int Version => ReadInteger(_root, "Version");

    /// <summary>The model file. It is beside the project and has its name; only the extension is taken from the file.</summary>
    public string Model
    {
        get
        {
            JsonObject? history = FindObject("RunHistory");
            string? path = history?["ModelFilePath"] is null ? null : ReadText(history, "ModelFilePath", "RunHistory.");
            string? extension = Array.Find(ModelExtensions, extension => path?.EndsWith(extension, StringComparison.OrdinalIgnoreCase) ?? false);
            return Path.ChangeExtension(FilePath, extension ?? (Version == OldestVersion ? ".zip" : ".mlnet"));
        }
    }

    /// <summary>The longest time for training; null for no limit.</summary>
    public TimeSpan? Time
    {
        get
        {
            // Version 2 has the time beside the scenario, the later ones in an object of their own.
            var (parent, path) = Version == OldestVersion ? (_root, "") : (FindObject("TrainingOption"), "TrainingOption.");
            if (parent?["TrainingTime"] is null) return null;
            int seconds = ReadInteger(parent, "TrainingTime", path);
            if (seconds < 0) throw Wrong($"{path}TrainingTime", Invariant($"is {seconds}, but must be a number of seconds, or 0 for no limit"));
            return seconds is 0 or >= NoTimeLimit ? null : TimeSpan.FromSeconds(seconds);
        }
    }

    /// <summary>The seed, or null if the file has none.</summary>
    public int? Seed
    {
        get
        {
            if (FindObject("TrainingOption") is not { } option || option["Seed"] is null) return null;
            int seed = ReadInteger(option, "Seed", "TrainingOption.");
            return seed >= 0 ? seed : throw Wrong("TrainingOption.Seed", Invariant($"is {seed}, but must not be negative"));
        }
    }

    /// <summary>Where the project is to be trained, such as LocalCPU or LocalGPU; null if the file does not say.</summary>
    public string? Environment => FindObject("Environment") is { } environment && environment["Type"] is not null
        ? ReadText(environment, "Type", "Environment.") : null;

    /// <summary>Creates the project of a new model, in the newest version.</summary>
    /// <param name="path">The file; it is not written.</param>
    /// <param name="time">The time limit; null for none.</param>
    /// <param name="seed">The seed.</param>
    public static MbConfigFile Create(string path, TimeSpan? time, int seed) => new(path, new JsonObject
    {
        ["Scenario"] = Scenario,
        ["DataSource"] = new JsonObject { ["Type"] = "Folder", ["Version"] = 1, ["FolderPath"] = "" },
        ["Environment"] = new JsonObject { ["Type"] = "LocalCPU", ["Version"] = 1 },
        ["Type"] = "TrainingConfig",
        ["Version"] = NewestVersion,
        ["TrainingOption"] = new JsonObject
        {
            ["Version"] = 2,
            ["Subsampling"] = false,
            ["Type"] = "ClassificationTrainingOption",
            ["TrainingTime"] = time is { } limit ? (int)Math.Ceiling(limit.TotalSeconds) : int.MaxValue,
            ["OptimizeMetric"] = "MicroAccuracy",
            ["Seed"] = seed,
        },
    });

    /// <summary>Reads a project.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not a project of image classification in a known version; the message names the field.</exception>
    public static MbConfigFile Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file '{path}'.", path);
        long length = new FileInfo(path).Length;
        if (length > LargestFile) throw new InvalidDataException(Invariant($"'{path}' has {length:N0} bytes, and more than {LargestFile:N0} are not read."));
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(File.ReadAllText(path), documentOptions: _reading);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not a project file of Model Builder: {e.Message}", e);
        }
        if (root is not JsonObject fields) throw new InvalidDataException($"'{path}' is not a project file of Model Builder: it must be a JSON object.");
        var file = new MbConfigFile(Path.GetFullPath(path), fields);
        file.Check();
        return file;
    }

    /// <summary>The folder of images.</summary>
    /// <exception cref="InvalidDataException">It is not a folder inside of the project's.</exception>
    public string FindData()
    {
        JsonObject source = FindObject("DataSource") ?? throw Wrong("DataSource", "is missing; it must say where the images are");
        string type = ReadText(source, "Type", "DataSource.");
        if (type != "Folder") throw Wrong("DataSource.Type", $"is '{type}', but must be 'Folder'");
        string text = ReadText(source, "FolderPath", "DataSource.");
        string own = Path.GetDirectoryName(FilePath)!, folder;
        try
        {
            folder = Path.GetFullPath(text.Replace('\\', Path.DirectorySeparatorChar), own);
        }
        catch (ArgumentException)
        {
            throw Wrong("DataSource.FolderPath", "is not a path");
        }
        string relative = Path.GetRelativePath(own, folder);
        bool isInside = text.Length > 0 && !Path.IsPathRooted(relative) && relative.Split(Path.DirectorySeparatorChar)[0] != "..";
        const string Advice = "name the folder of images on the command line: convnext train DIR --config FILE";
        if (!isInside) throw Wrong("DataSource.FolderPath", $"is '{text}', which is not inside of the folder of the file; {Advice}");
        if (!Directory.Exists(folder)) throw Wrong("DataSource.FolderPath", $"is '{text}', but there is no such folder; {Advice}");
        return folder;
    }

    /// <summary>Enters a result, in place of the earlier ones, and the folder of images relative to the file, and saves.</summary>
    /// <param name="data">The folder of images.</param>
    /// <param name="model">The model file.</param>
    /// <param name="accuracy">Accuracy on held-out images, or null if no images were held out.</param>
    /// <param name="seconds">The time that training took.</param>
    public void Save(string data, string model, double? accuracy, double seconds)
    {
        JsonObject source = FindObject("DataSource") ?? Add(_root, "DataSource", new JsonObject { ["Version"] = 1 });
        source["Type"] = "Folder";
        source["FolderPath"] = Relative(data);
        int version = Version;
        JsonObject history = FindObject("RunHistory") ?? Add(_root, "RunHistory", new JsonObject
        {
            ["Version"] = version switch { 2 => 1, 3 or 4 => 2, _ => 3 },
            ["Type"] = "Result",
        });
        var trial = new JsonObject { ["Version"] = version == OldestVersion ? 0 : 1, ["Type"] = "Trial", ["TrainerName"] = "ConvNeXt" };
        if (accuracy is { } score) trial["Score"] = score;
        trial["RuntimeInSeconds"] = Math.Round(seconds, 3);
        history["Trials"] = new JsonArray(trial);
        history["MetricName"] = "MicroAccuracy";
        if (version == NewestVersion || history.ContainsKey("ModelFilePath")) history["ModelFilePath"] = Relative(model);
        OutputFile.Write(FilePath, writer => writer.Write(_root.ToJsonString(_writing) + "\n"));
    }

    private string Relative(string path) => Path.GetRelativePath(Path.GetDirectoryName(FilePath)!, path).Replace('\\', '/');

    private static JsonObject Add(JsonObject parent, string name, JsonObject value)
    {
        parent[name] = value;
        return value;
    }

    private void Check()
    {
        int version = Version;
        if (version is < OldestVersion or > NewestVersion)
            throw Wrong("Version", Invariant($"is {version}, but only versions {OldestVersion} to {NewestVersion} can be read"));
        string scenario = ReadText(_root, "Scenario");
        if (scenario != Scenario) throw Wrong("Scenario", $"is '{scenario}', but must be '{Scenario}'");
        foreach (string name in (string[])["DataSource", "Environment", "RunHistory", "TrainingOption"]) FindObject(name);
    }

    private JsonObject? FindObject(string name) => _root[name] switch
    {
        null => null,
        JsonObject value => value,
        _ => throw Wrong(name, "must be an object"),
    };

    private int ReadInteger(JsonObject parent, string name, string path = "") => parent[name] switch
    {
        JsonValue value when value.TryGetValue(out int number) => number,
        null => throw Wrong(path + name, "is missing; it must be a whole number"),
        _ => throw Wrong(path + name, "must be a whole number"),
    };

    private string ReadText(JsonObject parent, string name, string path = "") => parent[name] switch
    {
        JsonValue value when value.TryGetValue(out string? text) => text,
        null => throw Wrong(path + name, "is missing; it must be text"),
        _ => throw Wrong(path + name, "must be text"),
    };

    private InvalidDataException Wrong(string field, string problem) => new($"'{FilePath}': {field} {problem}.");
}
