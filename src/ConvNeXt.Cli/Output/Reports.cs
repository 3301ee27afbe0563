using System.Globalization;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.Cli.Training;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.DataSets;
using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Reporting;

namespace ConvNeXt.Cli.Output;

/// <summary>Writes pages about models and runs.</summary>
internal static class Reports
{
    /// <summary>Writes the page about a run, or about a model and a folder.</summary>
    /// <exception cref="UsageException">A model without a folder, a run with one, or a page that cannot be written.</exception>
    public static int Write(ToolConsole console, string source, string? folder, string page, CancellationToken cancellation)
    {
        CheckPage(page);
        if (!Directory.Exists(source))
        {
            if (folder is null) throw new UsageException("A model file needs a folder of labeled images, too: convnext report MODEL DIR -o page.html.");
            WriteForModel(console, ModelFiles.Load(source), source, folder, page, predictions: null, cancellation);
            return ExitCode.Ok;
        }
        if (folder is not null) throw new UsageException("The report on a run is about the images of the run; leave out the folder of images.");
        RunFolder run = RunFolder.OpenExisting(source);
        TrainingImages images = TrainingImages.Open(console, run.Request, cancellation);
        WriteForRun(console, ModelFiles.Load(run.Model), run, images, page, predictions: null, cancellation);
        return ExitCode.Ok;
    }

    /// <summary>Checks that a page has another extension than its JSON, and that its folder exists.</summary>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static void CheckPage(string page)
    {
        if (Path.GetExtension(page).ToLowerInvariant() is not (".html" or ".htm")) throw new UsageException($"The page '{page}' must be named .html.");
        string parent = Path.GetDirectoryName(Path.GetFullPath(page))!;
        if (!Directory.Exists(parent)) throw new UsageException($"The folder '{parent}' for the page does not exist.");
    }

    /// <summary>Writes the page about a model on the images that evaluate takes.</summary>
    /// <exception cref="DataUnusableException">The images have a label that the model does not know.</exception>
    public static void WriteForModel(
        ToolConsole console,
        ConvNeXtClassificationTransformer model,
        string file,
        string folder,
        string page,
        IReadOnlyList<ImagePrediction>? predictions,
        CancellationToken cancellation)
    {
        ImageDataSet set = DataFolder.Open(folder);
        IReadOnlyList<LabeledImage> images = (set.Test ?? set.Validation ?? set.Training).Images;
        Evaluation.CheckLabels(model, images);
        Save(console, model, images, page, cancellation, new ReportOptions
        {
            Title = Path.GetFileName(file),
            DataFolder = folder,
            Predictions = predictions,
            Settings = [new("Model", file), new("Pictures", folder), .. Describe(model)],
        });
    }

    /// <summary>
    /// Writes the page about a run on the images that it was not trained on (<see cref="TrainingImages.Unseen"/>); their predictions may be known already.
    /// </summary>
    /// <exception cref="DataUnusableException">There are no such images.</exception>
    public static void WriteForRun(
        ToolConsole console,
        ConvNeXtClassificationTransformer model,
        RunFolder run,
        TrainingImages images,
        string page,
        IReadOnlyList<ImagePrediction>? predictions,
        CancellationToken cancellation)
    {
        IReadOnlyList<LabeledImage> unseen = images.Unseen;
        if (unseen.Count == 0) throw new DataUnusableException("There are no images that the model was not trained on, so there is nothing to report.");
        TrainRequest request = run.Request;
        (string Name, string? Value)[] options =
        [
            ("Run", run.Folder), ("Pictures", request.Data), ("Seed", Text(request.Seed ?? TrainRequest.DefaultSeed)), ("Epochs", Text(request.Epochs)),
            ("Batch", Text(request.BatchSize)), ("Time limit", request.Time?.ToString()), ("Weights", request.Weights ?? "those in the tool"),
            .. request.Settings?.Select(setting => ($"Tuned: {setting.Key}", (string?)setting.Value.ToString("R", CultureInfo.InvariantCulture))) ?? [],
        ];
        Save(console, model, unseen, page, cancellation, new ReportOptions
        {
            Title = Path.GetFileName(Path.TrimEndingDirectorySeparator(request.Data)),
            DataFolder = request.Data,
            AreUnseen = true,
            Predictions = predictions,
            MetricsFile = File.Exists(run.Metrics) ? run.Metrics : null,
            Settings =
            [
                .. options.Where(option => option.Value is not null).Select(option => KeyValuePair.Create(option.Name, option.Value!)),
                .. Describe(model),
            ],
        });
    }

    private static void Save(
        ToolConsole console,
        ConvNeXtClassificationTransformer model,
        IReadOnlyList<LabeledImage> images,
        string page,
        CancellationToken cancellation,
        ReportOptions options)
    {
        ModelReport report;
        using (var progress = new LiveCount(console, "report"))
            report = ModelReport.Create(model, images, options with { Progress = progress.Report }, cancellation);
        report.SaveHtml(page);
        report.SaveJson(Path.ChangeExtension(page, ".json"));
        console.Tell($"Report: {page}");
    }

    private static IEnumerable<KeyValuePair<string, string>> Describe(ConvNeXtClassificationTransformer model) =>
    [
        new("Network", model.Config.Name),
        new("Input", $"{Text(model.Preprocessing.Height)} x {Text(model.Preprocessing.Width)} pixels"),
        new("Temperature", model.Temperature.ToString("0.000", CultureInfo.InvariantCulture)),
    ];

    private static string? Text(int? value) => value?.ToString(CultureInfo.InvariantCulture);
}
