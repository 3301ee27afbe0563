using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Reporting.Html;
using ConvNeXt.MLNet.Reporting.Pictures;

namespace ConvNeXt.MLNet.Reporting;

/// <summary>
/// A report on a classifier: how good it is on images that it was not trained on, where it is wrong and why, and what to look at in the data. It is saved as
/// one HTML page without scripts that loads nothing, and as JSON with the same numbers.
/// </summary>
public sealed class ModelReport
{
    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly PagePictures _pictures;

    private ModelReport(ReportData data, PagePictures pictures) => (Data, _pictures) = (data, pictures);

    /// <summary>The numbers and findings.</summary>
    public ReportData Data { get; }

    /// <summary>Evaluates a classifier and makes the report.</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="images">Images that it was not trained on, with their labels.</param>
    /// <param name="options">What else the report contains; null for the defaults.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">There are no images, none can be read, one has a label that the model does not know, or there is not one given
    /// prediction for each.</exception>
    /// <exception cref="InvalidDataException">The data folder has no images in class folders, or the metrics file is not one.</exception>
    public static ModelReport Create(
        ConvNeXtClassificationTransformer model, IReadOnlyList<LabeledImage> images, ReportOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        options ??= new ReportOptions();
        options.Validate();
        string[] names = [.. model.LabelNames];
        int[] labels = [.. images.Select(image => Array.IndexOf(names, image.Label))];
        if (Array.IndexOf(labels, -1) is >= 0 and int unknown)
            throw new ArgumentException($"The model does not know the label '{images[unknown].Label}' of '{images[unknown].ImagePath}'.", nameof(images));
        IReadOnlyList<ImagePrediction> predictions = options.Predictions ?? Predict(model, images, options, cancellation);
        ReportData data = Describe(model, ClassificationReport.Create(names, predictions, labels), predictions, labels, options, cancellation);
        return new ModelReport(data, ReadPictures(model, data, options, cancellation));
    }

    private static List<ImagePrediction> Predict(
        ConvNeXtClassificationTransformer model, IReadOnlyList<LabeledImage> images, ReportOptions options, CancellationToken cancellation)
    {
        var predictions = new List<ImagePrediction>(images.Count);
        foreach (ImagePrediction prediction in model.PredictFiles([.. images.Select(image => image.ImagePath)], cancellation))
        {
            predictions.Add(prediction);
            options.Progress?.Invoke(predictions.Count, images.Count);
        }
        return predictions;
    }

    /// <summary>Saves the page. The file appears under its name only when it is complete; an existing file is replaced.</summary>
    /// <param name="path">The path of the file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void SaveHtml(string path) => Save(path, ReportPage.Write(Data, _pictures));

    /// <summary>Saves the numbers and findings as JSON. The file appears under its name only when it is complete; an existing file is replaced.</summary>
    /// <param name="path">The path of the file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void SaveJson(string path) => Save(path, JsonSerializer.Serialize(Data, _json) + "\n");

    private static ReportData Describe(
        ConvNeXtClassificationTransformer model,
        ClassificationReport report,
        IReadOnlyList<ImagePrediction> predictions,
        int[] labels,
        ReportOptions options,
        CancellationToken cancellation)
    {
        ReportPicture[] pictures =
        [
            .. predictions.Zip(labels).Where(pair => pair.First.Problem is null).Select(pair => new ReportPicture(
                pair.First.ImagePath, pair.Second, pair.First.Class, pair.First.Scores[pair.First.Class], pair.First.Scores[pair.Second])),
        ];
        IReadOnlyList<ReportFinding> findings = options.DataFolder is { } folder
            ? DataFindings.Find(folder, options.Progress, cancellation)
            : [.. report.Unreadable.Select(image => new ReportFinding(ReportFindingKind.Unreadable, [image.ImagePath], image.Problem!))];
        return new ReportData
        {
            Title = options.Title,
            Verdict = Verdict.Describe(report, options.AreUnseen),
            Images = report.Images,
            Correct = report.Classes.Sum(label => label.Correct),
            Accuracy = report.Accuracy,
            AccuracyInterval = [report.AccuracyInterval.Low, report.AccuracyInterval.High],
            BalancedAccuracy = report.BalancedAccuracy,
            LogLoss = report.LogLoss,
            CalibrationError = report.CalibrationError,
            CommonestClass = report.CommonestClass.Label,
            CommonestClassAccuracy = report.CommonestClassAccuracy,
            Classes = [.. report.Classes.Select(Describe)],
            Confusion = [.. report.Confusion.Select(row => (IReadOnlyList<int>)[.. row])],
            Calibration = [.. report.Calibration.Select(bin => new ReportCalibration(bin.Images, bin.Confidence, bin.Accuracy))],
            Coverage = [.. Enumerable.Range(0, 20).Select(step => FindCoverage(pictures, step / 20.0))],
            Pictures = pictures,
            Mistakes =
            [
                .. Enumerable.Range(0, pictures.Length).Where(i => pictures[i].Predicted != pictures[i].Label)
                    .OrderByDescending(i => pictures[i].Probability - pictures[i].LabelProbability).ThenBy(i => i),
            ],
            Findings = findings,
            IsDataChecked = options.DataFolder is not null,
            Epochs = options.MetricsFile is { } metrics ? MetricsFile.Read(metrics) : [],
            Settings = [.. options.Settings, .. DescribeVersions(model, options)],
        };
    }

    private static ReportClass Describe(ClassReport label) => new(
        label.Label,
        label.Images,
        label.Images == 0 ? null : label.Recall,
        [label.RecallInterval.Low, label.RecallInterval.High],
        label.Predicted == 0 ? null : label.Precision);

    private static ReportCoverage FindCoverage(ReportPicture[] pictures, double threshold)
    {
        ReportPicture[] sure = [.. pictures.Where(picture => picture.Probability >= threshold)];
        double? accuracy = sure.Length == 0 ? null : (double)sure.Count(picture => picture.Predicted == picture.Label) / sure.Length;
        return new ReportCoverage(threshold, (double)sure.Length / pictures.Length, accuracy);
    }

    private static IEnumerable<KeyValuePair<string, string>> DescribeVersions(ConvNeXtClassificationTransformer model, ReportOptions options)
    {
        yield return new("License of the weights", options.WeightsLicense ?? model.WeightsLicense ?? "not known");
        string version = typeof(ModelReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        yield return new("ConvNeXt.MLNet", version.Split('+')[0]);
        yield return new(".NET", RuntimeInformation.FrameworkDescription);
    }

    private static PagePictures ReadPictures(ConvNeXtClassificationTransformer model, ReportData data, ReportOptions options, CancellationToken cancellation)
    {
        string[] worst = [.. data.Mistakes.Take(options.WorstMistakes).Select(i => data.Pictures[i].File)];
        IEnumerable<string> wanted =
        [
            .. worst, .. data.Findings.Where(finding => finding.Kind != ReportFindingKind.Unreadable).SelectMany(finding => finding.Files),
            .. data.Mistakes.Select(i => data.Pictures[i].File), .. data.Pictures.Select(picture => picture.File),
        ];
        var thumbnails = new Dictionary<string, Thumbnail>(StringComparer.Ordinal);
        foreach (string file in wanted.Distinct(StringComparer.Ordinal).Take(options.Pictures))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Thumbnail.Create(file, model.Decoding) is { } thumbnail) thumbnails.Add(file, thumbnail);
        }
        var heat = worst.Where(thumbnails.ContainsKey).ToDictionary(file => file, file => model.ComputeHeatMap(file), StringComparer.Ordinal);
        return new PagePictures(thumbnails, heat, worst.Length);
    }

    private static void Save(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(path);
        string temporary = path + ".part";
        File.WriteAllText(temporary, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move(temporary, path, overwrite: true);
    }
}
