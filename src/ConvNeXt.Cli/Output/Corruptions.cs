using System.Globalization;
using System.Text.Json;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Robustness;

namespace ConvNeXt.Cli.Output;

/// <summary>Evaluates a model on corrupted images and writes the accuracies.</summary>
internal static class Corruptions
{
    /// <summary>Evaluates.</summary>
    public static RobustnessReport Evaluate(
        ToolConsole console, ConvNeXtClassificationTransformer classifier, IReadOnlyList<LabeledImage> images, CancellationToken cancellation)
    {
        using var progress = new LiveCount(console, "images, corrupted");
        return classifier.EvaluateRobustness(images, progress: new Counter(progress, images.Count), cancellation: cancellation);
    }

    /// <summary>Writes a table, a row for each corruption and a column for each severity, and a sentence.</summary>
    public static void WriteText(TextWriter output, RobustnessReport report)
    {
        output.WriteLine();
        TextTable.Write(
            output,
            ["corruption", .. report.Corruptions[0].Accuracies.Select(item => $"severity {Text(item.Severity)}")],
            [.. report.Corruptions.Select(result => (string[])[result.Corruption.Name, .. result.Accuracies.Select(item => Text(item.Accuracy))])]);
        output.WriteLine();
        output.WriteLine(report.Describe());
    }

    /// <summary>Writes the accuracies by severity of each corruption as a property.</summary>
    public static void WriteJson(Utf8JsonWriter writer, RobustnessReport report)
    {
        writer.WriteStartObject("corruptions");
        foreach (CorruptionResult result in report.Corruptions)
        {
            writer.WriteStartArray(result.Corruption.Name);
            foreach (SeverityResult item in result.Accuracies) writer.WriteNumberValue(item.Accuracy);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(double accuracy) => accuracy.ToString("0.000", CultureInfo.InvariantCulture);

    private sealed class Counter(LiveCount count, int all) : IProgress<int>
    {
        public void Report(int value) => count.Report(value, all);
    }
}
