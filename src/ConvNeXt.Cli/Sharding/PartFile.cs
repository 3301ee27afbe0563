using System.Text.Json;
using ConvNeXt.Cli.Terminal;
using static System.FormattableString;

namespace ConvNeXt.Cli.Sharding;

/// <summary>A file with a part of predictions, as CSV or as JSON.</summary>
/// <param name="Path">The file.</param>
/// <param name="Description">What part it is.</param>
/// <param name="Header">The names of the columns of a CSV file; empty for JSON.</param>
/// <param name="Rows">The path of each image, and its row as it stands in the file.</param>
internal sealed record PartFile(string Path, PartDescription Description, string Header, IReadOnlyList<(string Image, string Row)> Rows)
{
    /// <summary>The beginning of the first line of a CSV file, before the description.</summary>
    public const string CsvMark = "# convnext predict ";

    /// <summary>The name of the description in JSON.</summary>
    public const string JsonName = "part";

    private const long LargestFile = 1L << 30;

    /// <summary>Reads the description of a part; null if there is no such file, or it is something else.</summary>
    public static PartDescription? FindDescription(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return Read(path).Description;
        }
        catch (DataUnusableException)
        {
            return null;
        }
    }

    /// <summary>Reads a part and checks that it is whole.</summary>
    /// <exception cref="DataUnusableException">The file is not a part, or not a whole one.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PartFile Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > LargestFile) throw Wrong(path, Invariant($"it has {length:N0} bytes, and more than {LargestFile:N0} are not read"));
        try
        {
            PartFile part = IsJson(path) ? ReadJson(path) : ReadCsv(path);
            part.Check();
            return part;
        }
        catch (Exception e) when (e is InvalidDataException or JsonException)
        {
            throw Wrong(path, e.Message, e);
        }
    }

    /// <summary>Whether a file is JSON by its name; otherwise it is CSV.</summary>
    public static bool IsJson(string path) => System.IO.Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);

    private static PartFile ReadCsv(string path)
    {
        using var reader = new StreamReader(path);
        using IEnumerator<string> records = CsvRecords.Read(reader).GetEnumerator();
        string first = records.MoveNext() ? records.Current : "";
        if (!first.StartsWith(CsvMark, StringComparison.Ordinal) || PartDescription.Parse(first[CsvMark.Length..]) is not { } description) throw NoPart();
        if (!records.MoveNext()) throw new InvalidDataException("it has no header");
        string header = records.Current;
        var rows = new List<(string, string)>();
        while (records.MoveNext()) rows.Add((CsvRecords.FirstField(records.Current), records.Current));
        return new PartFile(path, description, header, rows);
    }

    private static PartFile ReadJson(string path)
    {
        using FileStream file = File.OpenRead(path);
        using JsonDocument document = JsonDocument.Parse(file);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(JsonName, out JsonElement part)
            || PartDescription.Parse(part.GetRawText()) is not { } description
            || !root.TryGetProperty("predictions", out JsonElement predictions) || predictions.ValueKind != JsonValueKind.Array) throw NoPart();
        return new PartFile(path, description, "", [.. predictions.EnumerateArray().Select(prediction => (NameOf(prediction), prediction.GetRawText()))]);
    }

    private static string NameOf(JsonElement prediction) =>
        prediction.ValueKind == JsonValueKind.Object && prediction.TryGetProperty("file", out JsonElement name) && name.ValueKind == JsonValueKind.String
            ? name.GetString()!
            : throw new InvalidDataException("a prediction has no file name in 'file'");

    private void Check()
    {
        if (Rows.Count != Description.Images) throw new InvalidDataException(Invariant($"it has {Rows.Count} of {Description.Images} rows"));
        var shard = new Shard(Description.Shard, Description.Shards);
        var images = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (image, _) in Rows)
        {
            if (!images.Add(image)) throw new InvalidDataException($"it has two rows for '{image}'");
            if (!shard.Contains(image)) throw new InvalidDataException($"'{image}' belongs to another shard");
        }
    }

    private static InvalidDataException NoPart() => new("it was not written by 'convnext predict --shard' with --csv or --json");

    private static DataUnusableException Wrong(string path, string reason, Exception? cause = null) =>
        new($"'{path}' is not a complete part of predictions: {reason}.", cause);
}
