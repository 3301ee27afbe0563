using System.Text.Json;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;
using static System.FormattableString;

namespace ConvNeXt.Cli.Sharding;

/// <summary>Puts the parts of several shards together: the result is what one run over all images writes, row for row.</summary>
internal static class MergedParts
{
    /// <summary>Merges parts.</summary>
    /// <param name="console">For the path of the result.</param>
    /// <param name="paths">The parts, in any order.</param>
    /// <param name="output">The file to write; CSV or JSON, as the parts.</param>
    /// <exception cref="UsageException">The output exists, or the formats differ.</exception>
    /// <exception cref="DataUnusableException">A part is missing, doubled or incomplete, or belongs to other predictions.</exception>
    public static int Write(ToolConsole console, IReadOnlyList<string> paths, string output)
    {
        ModelFiles.CheckNew(output);
        bool isJson = PartFile.IsJson(output);
        if (!isJson && !Path.GetExtension(output).Equals(".csv", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"'{output}' must end with .csv or .json.");
        foreach (string path in paths)
        {
            if (!File.Exists(path)) throw new DataUnusableException($"There is no file '{path}'.");
            if (PartFile.IsJson(path) != isJson) throw new UsageException($"'{path}' and '{output}' must be of the same kind, both CSV or both JSON.");
        }
        PartFile[] parts = [.. paths.Select(PartFile.Read)];
        CheckTogether(parts);
        (string Image, string Row)[] rows = [.. parts.SelectMany(part => part.Rows).OrderBy(row => row.Image, StringComparer.Ordinal)];
        if (rows.Length != parts[0].Description.AllImages)
            throw new DataUnusableException(Invariant($"The parts have {rows.Length} images together, but should have {parts[0].Description.AllImages}."));
        OutputFile.Write(output, writer =>
        {
            if (isJson) WriteJson(writer, rows);
            else WriteCsv(writer, parts[0].Header, rows);
        });
        console.Output.WriteLine(output);
        return ExitCode.Ok;
    }

    private static void CheckTogether(PartFile[] parts)
    {
        PartFile first = parts[0];
        foreach (PartFile part in parts)
        {
            string? difference = first.Description.FindDifference(part.Description) ?? (first.Header == part.Header ? null : "columns");
            if (difference is not null)
                throw new DataUnusableException($"'{first.Path}' and '{part.Path}' do not belong together: they were written with different {difference}.");
        }
        string[] doubled =
        [
            .. parts.GroupBy(part => part.Description.Shard).Where(group => group.Count() > 1).OrderBy(group => group.Key)
                .Select(group => Invariant($"{group.Key} ({string.Join(", ", group.Select(part => $"'{part.Path}'"))})")),
        ];
        int count = first.Description.Shards;
        int[] missing = [.. Enumerable.Range(1, count).Except(parts.Select(part => part.Description.Shard))];
        string[] problems =
        [
            .. missing.Length > 0 ? [Invariant($"Missing shards of {count}: {string.Join(", ", missing)}.")] : Array.Empty<string>(),
            .. doubled.Length > 0 ? [$"Shards in several files: {string.Join(", ", doubled)}."] : Array.Empty<string>(),
        ];
        if (problems.Length > 0) throw new DataUnusableException(string.Join(' ', problems));
    }

    private static void WriteCsv(TextWriter writer, string header, (string Image, string Row)[] rows)
    {
        writer.WriteLine(header);
        foreach (var (_, row) in rows) writer.WriteLine(row);
    }

    private static void WriteJson(TextWriter writer, (string Image, string Row)[] rows) => JsonText.Write(writer, json =>
    {
        JsonElement[] predictions = [.. rows.Select(row => JsonElement.Parse(row.Row))];
        json.WriteStartObject();
        json.WriteNumber("images", predictions.Length);
        json.WriteNumber("unreadable", predictions.Count(prediction => prediction.TryGetProperty("problem", out _)));
        json.WriteStartArray("predictions");
        foreach (JsonElement prediction in predictions) prediction.WriteTo(json);
        json.WriteEndArray();
        json.WriteEndObject();
    });
}
