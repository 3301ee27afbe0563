using System.Text.Json;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.DataSets;
using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Robustness;
using static System.FormattableString;

namespace ConvNeXt.Cli.Output;

/// <summary>What evaluate writes.</summary>
/// <param name="Json">Whether the result is JSON.</param>
/// <param name="Details">Whether the JSON has all details.</param>
/// <param name="Report">The page to write; null for none.</param>
/// <param name="Against">The earlier model to compare with; null for none.</param>
/// <param name="Corruptions">Whether to evaluate on corrupted images, too.</param>
internal sealed record EvaluationFormat(bool Json, bool Details, string? Report, string? Against, bool Corruptions);

/// <summary>Evaluates a model on a folder and writes the report.</summary>
internal static class Evaluation
{
    /// <summary>The most classes whose confusion matrix is written as a table; of more, only the most frequent mistakes are written.</summary>
    private const int LargestMatrix = 12, Mistakes = 10;

    private const double Significant = 0.05;

    /// <summary>Evaluates and writes.</summary>
    public static int Write(ToolConsole console, ModelChoice model, string folder, EvaluationFormat format, CancellationToken cancellation)
    {
        if (format.Report is { } file) Reports.CheckPage(file);
        ConvNeXtClassificationTransformer classifier = ModelFiles.Load(model);
        ImageDataSet set = DataFolder.Open(folder);
        ImageDataPart part = set.Test ?? set.Validation ?? set.Training;
        if (part.Name.Length > 0) console.Tell($"Evaluating on the part '{part.Name}' of '{folder}'.");
        ClassificationReport report = Compute(console, classifier, part.Images, out IReadOnlyList<ImagePrediction> predictions, cancellation);
        ClassificationComparison? comparison = format.Against is { } against
            ? Compare(console, classifier, predictions, ModelFiles.Load(against), part.Images, cancellation)
            : null;
        RobustnessReport? robustness = format.Corruptions ? Corruptions.Evaluate(console, classifier, part.Images, cancellation) : null;
        if (format.Json) JsonText.Write(console.Output, writer => WriteJson(writer, report, format.Details, comparison, robustness));
        else WriteText(console.Output, report);
        if (!format.Json && comparison is not null) WriteComparison(console.Output, comparison);
        if (!format.Json && robustness is not null) Corruptions.WriteText(console.Output, robustness);
        if (format.Report is { } page) Reports.WriteForModel(console, classifier, model.Path, folder, page, predictions, cancellation);
        return ExitCode.Ok;
    }

    /// <summary>Evaluates a classifier on labeled images, and returns the predictions, too, which take the time.</summary>
    /// <exception cref="DataUnusableException">The images have a label that the model does not know, or none can be read.</exception>
    public static ClassificationReport Compute(
        ToolConsole console,
        ConvNeXtClassificationTransformer classifier,
        IReadOnlyList<LabeledImage> images,
        out IReadOnlyList<ImagePrediction> predictions,
        CancellationToken cancellation)
    {
        predictions = Predict(console, classifier, images, cancellation);
        return ClassificationReport.Create(classifier.LabelNames, predictions, FindLabels(classifier, images));
    }

    private static int[] FindLabels(ConvNeXtClassificationTransformer classifier, IReadOnlyList<LabeledImage> images)
    {
        string[] names = [.. classifier.LabelNames];
        return [.. images.Select(image => Array.IndexOf(names, image.Label))];
    }

    private static ClassificationComparison Compare(
        ToolConsole console,
        ConvNeXtClassificationTransformer classifier,
        IReadOnlyList<ImagePrediction> predictions,
        ConvNeXtClassificationTransformer earlier,
        IReadOnlyList<LabeledImage> images,
        CancellationToken cancellation) => ClassificationComparison.Create(
            predictions, FindLabels(classifier, images), Predict(console, earlier, images, cancellation), FindLabels(earlier, images));

    /// <summary>Checks that a model knows the labels of images.</summary>
    /// <exception cref="DataUnusableException">It does not know one.</exception>
    public static void CheckLabels(ConvNeXtClassificationTransformer classifier, IReadOnlyList<LabeledImage> images)
    {
        string[] names = [.. classifier.LabelNames];
        string[] unknown = [.. images.Select(image => image.Label).Distinct().Except(names).Order(StringComparer.Ordinal)];
        if (unknown.Length > 0)
            throw new DataUnusableException($"The model does not know the classes {List(unknown)} of the images; it knows {List(names)}.");
    }

    private static List<ImagePrediction> Predict(
        ToolConsole console, ConvNeXtClassificationTransformer classifier, IReadOnlyList<LabeledImage> images, CancellationToken cancellation)
    {
        CheckLabels(classifier, images);
        var predictions = new List<ImagePrediction>(images.Count);
        using (var progress = new LiveCount(console, "images"))
            foreach (ImagePrediction prediction in classifier.PredictFiles([.. images.Select(image => image.ImagePath)], cancellation))
            {
                if (prediction.Problem is { } problem) console.Warn(problem);
                predictions.Add(prediction);
                progress.Report(predictions.Count, images.Count);
            }
        if (predictions.TrueForAll(prediction => prediction.Problem is not null)) throw new DataUnusableException("None of the images can be read.");
        return predictions;
    }

    /// <summary>The accuracy with its interval, such as "0.930 (95 %: 0.86 to 0.97) on 100 images".</summary>
    public static string Describe(ClassificationReport report) =>
        Invariant($"{report.Accuracy:0.000} (95 %: {report.AccuracyInterval}) on {report.Images} images");

    private static void WriteText(TextWriter output, ClassificationReport report)
    {
        output.WriteLine(Invariant($"Accuracy           {Describe(report)}"));
        output.WriteLine(Invariant($"Balanced accuracy  {report.BalancedAccuracy:0.000}"));
        output.WriteLine(Invariant($"Log loss           {report.LogLoss:0.000}"));
        output.WriteLine(Invariant($"Calibration error  {report.CalibrationError:0.000}"));
        output.WriteLine(Invariant($"Baseline           {report.CommonestClassAccuracy:0.000} (always '{report.CommonestClass.Label}'): {Compare(report)}"));
        if (report.Unreadable.Length > 0) output.WriteLine(Invariant($"Unreadable         {report.Unreadable.Length} images, not counted"));
        output.WriteLine();
        TextTable.Write(output, ["class", "images", "recall", "95 %", "precision"], report.Classes.Select(label => (IReadOnlyList<string>)
        [
            label.Label, Invariant($"{label.Images}"), Share(label.Recall), label.Images == 0 ? "-" : label.RecallInterval.ToString(), Share(label.Precision),
        ]));
        output.WriteLine();
        if (report.Classes.Length <= LargestMatrix) WriteConfusion(output, report);
        else WriteMistakes(output, report);
        output.WriteLine();
        output.WriteLine("Calibration: of the images predicted with about a probability, so many are right.");
        TextTable.Write(output, ["probability", "images", "right"], report.Calibration.Select(bin =>
            (IReadOnlyList<string>)[Invariant($"{bin.Confidence:0.00}"), Invariant($"{bin.Images}"), Invariant($"{bin.Accuracy:0.00}")]));
    }

    private static string Compare(ClassificationReport report) =>
        report.AccuracyInterval.Low > report.CommonestClassAccuracy ? "the model is better"
        : report.AccuracyInterval.High < report.CommonestClassAccuracy ? "the model is worse"
        : "too few images to say which is better";

    private static void WriteConfusion(TextWriter output, ClassificationReport report)
    {
        output.WriteLine("Confusion: rows are the actual classes, columns the predicted ones.");
        TextTable.Write(output, ["", .. report.Classes.Select(label => label.Label)], report.Classes.Select((label, row) =>
            (IReadOnlyList<string>)[label.Label, .. report.Confusion[row].Select(count => Invariant($"{count}"))]));
    }

    private static void WriteMistakes(TextWriter output, ClassificationReport report)
    {
        output.WriteLine("Most frequent mistakes:");
        var mistakes = from row in Enumerable.Range(0, report.Classes.Length)
                       from column in Enumerable.Range(0, report.Classes.Length)
                       where row != column && report.Confusion[row][column] > 0
                       orderby report.Confusion[row][column] descending
                       select (IReadOnlyList<string>)[report.Classes[row].Label, report.Classes[column].Label, Invariant($"{report.Confusion[row][column]}")];
        TextTable.Write(output, ["actual", "predicted", "images"], mistakes.Take(Mistakes));
    }

    private static void WriteComparison(TextWriter output, ClassificationComparison comparison)
    {
        output.WriteLine();
        string accuracies = Invariant($"{comparison.EarlierAccuracy:0.000}, this one {comparison.Accuracy:0.000}");
        output.WriteLine(Invariant($"Earlier model      {accuracies}, on {comparison.Images} images"));
        string verdict = comparison.PValue < Significant ? "hardly chance" : "may be chance";
        output.WriteLine(Invariant($"Difference         p = {comparison.PValue:0.0000} (McNemar, exact): {verdict}"));
        output.WriteLine(Invariant($"Now right          {comparison.Gained.Length}"));
        foreach (string file in comparison.Gained) output.WriteLine($"  {file}");
        output.WriteLine(Invariant($"Now wrong          {comparison.Lost.Length}"));
        foreach (string file in comparison.Lost) output.WriteLine($"  {file}");
    }

    private static void WriteComparison(Utf8JsonWriter json, ClassificationComparison comparison)
    {
        json.WriteStartObject("against");
        json.WriteNumber("images", comparison.Images);
        json.WriteNumber("accuracy", comparison.Accuracy);
        json.WriteNumber("earlierAccuracy", comparison.EarlierAccuracy);
        json.WriteNumber("pValue", comparison.PValue);
        WriteFiles("gained", comparison.Gained);
        WriteFiles("lost", comparison.Lost);
        json.WriteEndObject();

        void WriteFiles(string name, IEnumerable<string> files)
        {
            json.WriteStartArray(name);
            foreach (string file in files) json.WriteStringValue(file);
            json.WriteEndArray();
        }
    }

    /// <summary>Writes the report. Without details, the object has the six keys of the short report and no others.</summary>
    private static void WriteJson(
        Utf8JsonWriter json, ClassificationReport report, bool details, ClassificationComparison? comparison, RobustnessReport? robustness)
    {
        json.WriteStartObject();
        json.WriteNumber("accuracy", report.Accuracy);
        json.WriteNumber("balancedAccuracy", report.BalancedAccuracy);
        json.WriteNumber("logLoss", report.LogLoss);
        json.WriteNumber("calibrationError", report.CalibrationError);
        json.WriteNumber("images", report.Images);
        json.WriteNumber("classes", report.Classes.Length);
        if (details) WriteDetails(json, report);
        if (comparison is not null) WriteComparison(json, comparison);
        if (robustness is not null) Corruptions.WriteJson(json, robustness);
        json.WriteEndObject();
    }

    private static void WriteDetails(Utf8JsonWriter json, ClassificationReport report)
    {
        WriteInterval(json, "accuracyInterval", report.AccuracyInterval);
        json.WriteStartObject("baseline");
        json.WriteString("label", report.CommonestClass.Label);
        json.WriteNumber("accuracy", report.CommonestClassAccuracy);
        json.WriteEndObject();
        json.WriteArray("perClass", report.Classes, label =>
        {
            json.WriteString("label", label.Label);
            json.WriteNumber("images", label.Images);
            json.WriteFinite("recall", label.Recall);
            WriteInterval(json, "recallInterval", label.RecallInterval);
            json.WriteFinite("precision", label.Precision);
        });
        json.WriteStartArray("confusion");
        foreach (var row in report.Confusion)
        {
            json.WriteStartArray();
            foreach (int count in row) json.WriteNumberValue(count);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteArray("calibration", report.Calibration, bin =>
        {
            json.WriteNumber("images", bin.Images);
            json.WriteNumber("probability", bin.Confidence);
            json.WriteNumber("accuracy", bin.Accuracy);
        });
        json.WriteArray("unreadable", report.Unreadable, image =>
        {
            json.WriteString("file", image.ImagePath);
            json.WriteString("problem", image.Problem);
        });
    }

    private static void WriteInterval(Utf8JsonWriter json, string name, AccuracyInterval interval)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(interval.Low);
        json.WriteNumberValue(interval.High);
        json.WriteEndArray();
    }

    private static string Share(double value) => double.IsNaN(value) ? "-" : Invariant($"{value:0.000}");

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));
}
