using System.Text.Json;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.DataSets;
using static System.FormattableString;

namespace ConvNeXt.Cli.Output;

/// <summary>Checks a folder of images and writes what was found.</summary>
internal static class DataFindings
{
    /// <summary>Checks and writes.</summary>
    public static int Write(ToolConsole console, string folder, bool json, CancellationToken cancellation)
    {
        ImageDataSet set = DataFolder.Open(folder);
        ImageDataReport report;
        using (var progress = new LiveCount(console, "check")) report = ImageDataCheck.Run(set, progress.Report, cancellation);
        if (json) JsonText.Write(console.Output, writer => WriteJson(writer, report));
        else WriteText(console.Output, report);
        return ExitCode.Ok;
    }

    /// <summary>The number of images and of each class, a line for each part.</summary>
    public static IEnumerable<string> DescribeCounts(ImageDataReport report) => report.DataSet.Parts.Select(part =>
    {
        string counts = string.Join(", ", part.Images.CountBy(image => image.Label).Select(count => Invariant($"{count.Key} {count.Value}")));
        string name = part.Name.Length == 0 ? "Images" : $"Part '{part.Name}'";
        return Invariant($"{name}: {part.Images.Count} in {part.Images.DistinctBy(image => image.Label).Count()} classes ({counts})");
    });

    private static void WriteText(TextWriter output, ImageDataReport report)
    {
        foreach (string line in DescribeCounts(report)) output.WriteLine(line);
        bool hasParts = report.DataSet.Validation is not null || report.DataSet.Test is not null;
        Section(output, "Files that were left out", report.DataSet.Skipped, skipped => $"{skipped.Path}: {skipped.Reason}");
        Section(output, "Images that cannot be read", report.Unreadable, file => file.Reason);
        Section(output, "Equal files", report.ExactDuplicates, copies => string.Join(" = ", copies.Files.Select(Describe)) + Note(copies));
        Section(output, "The same photo, changed", report.NearDuplicates, pair =>
            Invariant($"{Describe(pair.First)} ~ {Describe(pair.Second)} ({pair.Similarity:0.00})")
            + Note(new ImageCopies([pair.First, pair.Second])));
        if (hasParts) Section(output, "Pictures in several parts", [.. report.Leaks], copies => string.Join(", ", copies.Files.Select(Describe)));
        Section(output, "Odd pictures", report.Odd, odd => $"{odd.Image.Path}: {odd.Reason}");
        Section(output, "Probably wrong labels", report.LabelSuspects, suspect =>
        {
            string label = Invariant($"{suspect.Image.Label} ({suspect.LabelProbability:0.00})");
            return Invariant($"{suspect.Image.Path}: {label}, rather {suspect.SuggestedLabel} ({suspect.SuggestedProbability:0.00})");
        });
    }

    private static void Section<T>(TextWriter output, string title, IReadOnlyList<T> findings, Func<T, string> describe)
    {
        output.WriteLine();
        output.WriteLine(Invariant($"{title}: {(findings.Count == 0 ? "none" : Invariant($"{findings.Count}"))}"));
        foreach (T finding in findings) output.WriteLine($"  {describe(finding)}");
    }

    private static string Describe(DataSetImage image) => image.Path;

    private static string Note(ImageCopies copies) => copies.HaveSeveralLabels ? "  with different labels!" : "";

    private static void WriteJson(Utf8JsonWriter json, ImageDataReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("images", report.Images);
        json.WriteArray("parts", report.DataSet.Parts, part =>
        {
            json.WriteString("name", part.Name);
            json.WriteArray("classes", part.Images.CountBy(image => image.Label), count =>
            {
                json.WriteString("label", count.Key);
                json.WriteNumber("images", count.Value);
            });
        });
        json.WriteArray("skipped", report.DataSet.Skipped, skipped => WriteFile(json, skipped));
        json.WriteArray("unreadable", report.Unreadable, file => WriteFile(json, file));
        json.WriteArray("exactDuplicates", report.ExactDuplicates, copies => WriteCopies(json, copies));
        json.WriteArray("nearDuplicates", report.NearDuplicates, pair =>
        {
            WriteCopies(json, new ImageCopies([pair.First, pair.Second]));
            json.WriteNumber("similarity", pair.Similarity);
        });
        json.WriteArray("leaks", report.Leaks, copies => WriteCopies(json, copies));
        json.WriteArray("odd", report.Odd, odd =>
        {
            json.WriteString("file", odd.Image.Path);
            json.WriteString("reason", odd.Reason);
        });
        json.WriteArray("labelErrors", report.LabelSuspects, suspect =>
        {
            json.WriteString("file", suspect.Image.Path);
            json.WriteString("label", suspect.Image.Label);
            json.WriteNumber("probability", suspect.LabelProbability);
            json.WriteString("suggested", suspect.SuggestedLabel);
            json.WriteNumber("suggestedProbability", suspect.SuggestedProbability);
        });
        json.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter json, SkippedPath file)
    {
        json.WriteString("file", file.Path);
        json.WriteString("reason", file.Reason);
    }

    private static void WriteCopies(Utf8JsonWriter json, ImageCopies copies)
    {
        json.WriteStartArray("files");
        foreach (DataSetImage file in copies.Files) json.WriteStringValue(file.Path);
        json.WriteEndArray();
        json.WriteBoolean("severalLabels", copies.HaveSeveralLabels);
        json.WriteBoolean("severalParts", copies.AreInSeveralParts);
    }
}
