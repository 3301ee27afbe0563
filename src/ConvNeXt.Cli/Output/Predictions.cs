using System.Globalization;
using System.Text.Json;
using ConvNeXt.Cli.Sharding;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Evaluation;
using static System.FormattableString;

namespace ConvNeXt.Cli.Output;

/// <summary>How predictions are written.</summary>
internal enum PredictionLayout
{
    /// <summary>A line for each image, fields separated by tabs.</summary>
    Text,

    /// <summary>Comma-separated values with a header.</summary>
    Csv,

    /// <summary>One JSON object.</summary>
    Json,
}

/// <param name="Layout">The layout.</param>
/// <param name="Top">Number of most likely labels per image.</param>
/// <param name="Threshold">The least probability of a label; below it, the answer is "unsure". Null for none.</param>
/// <param name="Part">What part of the images this is; null for all.</param>
internal sealed record PredictionFormat(PredictionLayout Layout, int Top, double? Threshold, PartDescription? Part = null);

/// <summary>Predicts images and writes a row for each as soon as it is known.</summary>
internal static class Predictions
{
    private const string Unsure = "unsure", Unreadable = "unreadable";

    /// <summary>Writes the predictions.</summary>
    /// <param name="console">For warnings and progress.</param>
    /// <param name="output">Where the predictions go.</param>
    /// <param name="classifier">The model.</param>
    /// <param name="files">The images.</param>
    /// <param name="format">How the rows look.</param>
    /// <param name="cancellation">Ends with an <see cref="OperationCanceledException"/> before the next image.</param>
    /// <exception cref="DataUnusableException">None of the images can be read.</exception>
    public static void Write(
        ToolConsole console,
        TextWriter output,
        ConvNeXtClassificationTransformer classifier,
        IReadOnlyList<string> files,
        PredictionFormat format,
        CancellationToken cancellation)
    {
        IReadOnlyList<string> labels = classifier.LabelNames.Count > 0
            ? classifier.LabelNames
            : [.. Enumerable.Range(0, classifier.Config.ClassCount).Select(label => label.ToString(CultureInfo.InvariantCulture))];
        int top = Math.Min(format.Top, labels.Count), unreadable = 0, done = 0;
        var all = new List<ImagePrediction>();
        if (format.Layout == PredictionLayout.Csv)
        {
            if (format.Part is { } part) output.WriteLine(PartFile.CsvMark + part.ToJson());
            output.WriteLine(CsvHeader(top));
        }
        using (var progress = new LiveCount(console, "images"))
            foreach (ImagePrediction prediction in classifier.PredictFiles(files, cancellation))
            {
                if (prediction.Problem is { } problem)
                {
                    unreadable++;
                    console.Warn(problem);
                }
                if (format.Layout == PredictionLayout.Json) all.Add(prediction);
                else if (format.Layout == PredictionLayout.Csv) output.WriteLine(CsvRow(prediction, labels, top, format));
                else output.WriteLine(TextRow(prediction, labels, top, format));
                progress.Report(++done, files.Count);
            }
        if (format.Layout == PredictionLayout.Json) WriteJson(output, all, labels, top, format);
        // A part may be without a readable image by chance.
        if (unreadable > 0 && unreadable == files.Count && format.Part is null) throw new DataUnusableException("None of the images can be read.");
        if (unreadable > 0) console.Warn(Invariant($"Images that cannot be read: {unreadable} of {files.Count}."));
    }

    private static bool IsUnsure(ImagePrediction prediction, PredictionFormat format) => prediction.Scores[prediction.Class] < format.Threshold;

    private static string Answer(ImagePrediction prediction, IReadOnlyList<string> labels, PredictionFormat format) =>
        prediction.Problem is not null ? Unreadable : IsUnsure(prediction, format) ? Unsure : labels[prediction.Class];

    private static string TextRow(ImagePrediction prediction, IReadOnlyList<string> labels, int top, PredictionFormat format)
    {
        string answer = Answer(prediction, labels, format);
        IEnumerable<string> likeliest = prediction.Top(top).Select(label => Invariant($"{labels[label]} {prediction.Scores[label]:0.000}"));
        return $"{prediction.ImagePath}\t{answer}\t{prediction.Problem ?? string.Join(", ", likeliest)}";
    }

    private static string CsvHeader(int top) =>
        "file,label," + string.Join(',', Enumerable.Range(1, top).Select(i => Invariant($"label{i},probability{i}"))) + ",problem";

    private static string CsvRow(ImagePrediction prediction, IReadOnlyList<string> labels, int top, PredictionFormat format)
    {
        string[] likeliest = [.. prediction.Top(top).SelectMany(label => new[] { labels[label], Invariant($"{prediction.Scores[label]}") })];
        IEnumerable<string> fields =
        [
            prediction.ImagePath, prediction.Problem is null ? Answer(prediction, labels, format) : "",
            .. likeliest, .. Enumerable.Repeat("", (2 * top) - likeliest.Length), prediction.Problem ?? "",
        ];
        return string.Join(',', fields.Select(CsvRecords.Quote));
    }

    private static void WriteJson(TextWriter output, List<ImagePrediction> predictions, IReadOnlyList<string> labels, int top, PredictionFormat format) =>
        JsonText.Write(output, json =>
        {
            json.WriteStartObject();
            if (format.Part is { } part)
            {
                json.WritePropertyName(PartFile.JsonName);
                json.WriteRawValue(part.ToJson());
            }
            json.WriteNumber("images", predictions.Count);
            json.WriteNumber("unreadable", predictions.Count(prediction => prediction.Problem is not null));
            json.WriteArray("predictions", predictions, prediction => WriteJson(json, prediction, labels, top, format));
            json.WriteEndObject();
        });

    private static void WriteJson(Utf8JsonWriter json, ImagePrediction prediction, IReadOnlyList<string> labels, int top, PredictionFormat format)
    {
        json.WriteString("file", prediction.ImagePath);
        if (prediction.Problem is { } problem)
        {
            json.WriteString("problem", problem);
            return;
        }
        json.WriteString("label", labels[prediction.Class]);
        json.WriteNumber("probability", prediction.Scores[prediction.Class]);
        json.WriteBoolean("unsure", IsUnsure(prediction, format));
        json.WriteArray("top", prediction.Top(top), label =>
        {
            json.WriteString("label", labels[label]);
            json.WriteNumber("probability", prediction.Scores[label]);
        });
    }
}
