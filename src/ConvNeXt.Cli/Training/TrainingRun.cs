using System.Diagnostics;
using System.Text.Json;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.ModelBuilder;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Tuning;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Cli.Training;

/// <summary>
/// A run: check, plan, train, evaluate, save. Where mpirun started several processes, all check and train together, and rank 0 does the rest.
/// </summary>
internal sealed class TrainingRun(ToolConsole console, CancellationToken cancellation)
{
    private const double MinutesBetweenCheckpoints = 1;

    /// <summary>Runs the training, or with <see cref="TrainMode.DryRun"/> what comes before it.</summary>
    /// <exception cref="DataUnusableException">The images cannot be used.</exception>
    /// <exception cref="InvalidOperationException">The GPU was asked for and cannot be used.</exception>
    /// <exception cref="UsageException">The options contradict each other, or a file to write exists.</exception>
    public int Execute(TrainRequest request, TrainMode mode)
    {
        IRankGroup ranks = RankGroups.Join();
        try
        {
            return ranks.Rank == 0 ? ExecuteMain(request, mode, ranks) : ExecuteOther(mode, ranks);
        }
        catch (Exception e) when (e is not RankMismatchException)
        {
            ranks.Fail(e);
            throw;
        }
    }

    private int ExecuteMain(TrainRequest request, TrainMode mode, IRankGroup ranks)
    {
        if (mode.Report is { } page) Reports.CheckPage(page);
        RunFolder? run = null;
        if (mode.Resume)
        {
            if (request.HasOptions) throw new UsageException("--resume continues with the options of the run; leave out the others.");
            run = RunFolder.FindInterrupted(mode.Runs, request.Data);
            request = run.Request;
        }
        else if (!request.Replaces)
        {
            if (request.Output is { } output) ModelFiles.CheckNew(output);
            if (request.Project is { } project) ProjectFiles.CheckNew(project, request.Code);
        }
        RankTexts.Broadcast(ranks, JsonSerializer.Serialize(request));
        if (request.Gpu) LibTorch.RequireGpu();
        TrainingImages images = TrainingImages.Open(console, request, cancellation);
        ConvNeXtTrainingPlan plan = Plan(request, images);
        if (mode.DryRun)
        {
            if (mode.Json) JsonText.Write(console.Output, json => PlanText.WriteJson(json, plan));
            else console.Output.WriteLine(PlanText.Describe(plan));
            return ExitCode.Ok;
        }
        console.Tell(PlanText.Describe(plan));
        if (ranks.Size > 1) console.Tell(FormattableString.Invariant($"  {ranks.Size} ranks divide the work among them."));
        run ??= RunFolder.Create(mode.Runs, request, DateTime.Now);
        return Train(run, images, mode);
    }

    // What rank 0 asks for, as its run may be a resumed one; the model is saved there.
    private int ExecuteOther(TrainMode mode, IRankGroup ranks)
    {
        var request = JsonSerializer.Deserialize<TrainRequest>(RankTexts.Broadcast(ranks, ""))!;
        if (request.Gpu) LibTorch.RequireGpu();
        TrainingImages images = TrainingImages.Open(new ToolConsole(TextWriter.Null, TextWriter.Null), request, cancellation);
        if (mode.DryRun) return ExitCode.Ok;
        MLContext context = CreateContext(request);
        ConvNeXtTrainer.Options options = CreateOptions(context, request, images);
        options.CancellationToken = cancellation;
        using (new RunLog(null, console, context)) context.MulticlassClassification.Trainers.ConvNeXt(options).Fit(View(context, request, images.Training));
        return cancellation.IsCancellationRequested ? ExitCode.Canceled : ExitCode.Ok;
    }

    private ConvNeXtTrainingPlan Plan(TrainRequest request, TrainingImages images)
    {
        MLContext context = CreateContext(request);
        ConvNeXtTrainer.Options options = CreateOptions(context, request, images);
        options.Checkpoints = new CheckpointOptions { Folder = Path.GetTempPath() }; // only counted, not written
        return context.MulticlassClassification.Trainers.ConvNeXt(options).Plan(View(context, request, images.Training));
    }

    private int Train(RunFolder run, TrainingImages images, TrainMode mode)
    {
        var watch = Stopwatch.StartNew();
        TrainRequest request = run.Request;
        MLContext context = CreateContext(request);
        var screen = new TrainingScreen(console);
        ConvNeXtTrainer.Options options = CreateOptions(context, request, images);
        options.MetricsFile = run.Metrics;
        options.Checkpoints = new CheckpointOptions { Folder = run.Checkpoint, EveryMinutes = MinutesBetweenCheckpoints, Resume = true };
        options.ProgressCallback = screen.Step;
        options.MetricsCallback = screen.Epoch;
        options.CancellationToken = cancellation;

        IDataView data = View(context, request, images.Training);
        ITransformer model;
        using (new RunLog(run.Log, console, context))
        {
            var labels = context.Transforms.Conversion.MapKeyToValue(options.PredictedLabelColumnName);
            model = context.MulticlassClassification.Trainers.ConvNeXt(options).Append(labels).Fit(data);
        }
        console.EndLive();
        bool isCanceled = cancellation.IsCancellationRequested;
        DataViewSchema schema = request.Project is null ? data.Schema : ModelBuilderRow.Schema(context);
        ModelFiles.Save(context, model, schema, run.Model);
        if (request.Output is { } output) ModelFiles.Copy(run.Model, output);

        // After Ctrl-C, nothing that takes long follows.
        ConvNeXtClassificationTransformer classifier = model.GetConvNeXtClassifier();
        IReadOnlyList<ImagePrediction>? ofHeldOut = null, ofTest = null;
        var result = new TrainingResultText(
            run.Folder,
            request.Output ?? run.Model,
            isCanceled,
            // Of all sessions of the run, not only of this one.
            CheckpointInfo.Find(options.Checkpoints)?.Epochs.Length ?? screen.Epochs,
            watch.Elapsed,
            isCanceled ? null : Evaluate(classifier, images.HeldOut, out ofHeldOut),
            isCanceled ? null : Evaluate(classifier, images.Test, out ofTest));
        ProjectFiles.Write(request, result.HeldOut?.Accuracy, watch.Elapsed);
        string text = JsonText.ToText(result.WriteJson);
        File.WriteAllText(run.Result, text + "\n");
        if (!isCanceled && Directory.Exists(run.Checkpoint)) Directory.Delete(run.Checkpoint, recursive: true);
        if (mode.Report is { } page && !isCanceled) Reports.WriteForRun(console, classifier, run, images, page, ofTest ?? ofHeldOut, cancellation);
        if (mode.Json) console.Output.Write(text + "\n");
        else result.WriteText(console.Output);
        return isCanceled ? ExitCode.Canceled : ExitCode.Ok;
    }

    private ClassificationReport? Evaluate(
        ConvNeXtClassificationTransformer classifier, IReadOnlyList<LabeledImage> images, out IReadOnlyList<ImagePrediction>? predictions)
    {
        predictions = null;
        return images.Count == 0 ? null : Evaluation.Compute(console, classifier, images, out predictions, cancellation);
    }

    // Paths in the image column, whatever its name: a model reads paths and encoded bytes alike.
    private static IDataView View(MLContext context, TrainRequest request, IReadOnlyList<LabeledImage> images)
    {
        var definition = SchemaDefinition.Create(typeof(LabeledImage));
        definition[nameof(LabeledImage.ImagePath)].ColumnName = request.ImageColumn;
        return context.Data.LoadFromEnumerable(images, definition);
    }

    private static MLContext CreateContext(TrainRequest request)
    {
        var context = new MLContext(request.Seed ?? TrainRequest.DefaultSeed);
        if (request.Gpu) (context.GpuDeviceId, context.FallbackToCpu) = (0, false);
        return context;
    }

    private static ConvNeXtTrainer.Options CreateOptions(MLContext context, TrainRequest request, TrainingImages images)
    {
        var options = new ConvNeXtTrainer.Options
        {
            LabelColumnName = nameof(LabeledImage.Label),
            ImageColumnName = request.ImageColumn,
            Weights = request.StartsFromScratch ? ConvNeXtWeights.None : request.Weights,
            AcceptNonCommercialLicense = request.AcceptNonCommercialLicense,
            WeightsLicense = request.WeightsLicense,
            ImageSize = request.ImageSize,
            Epochs = request.Epochs,
            BatchSize = request.BatchSize,
            Seed = request.Seed ?? TrainRequest.DefaultSeed,
            MaxTrainingTime = request.Time,
            ValidationSet = images.HeldOut.Count > 0 ? View(context, request, images.HeldOut) : null,
            ValidationSetFraction = null,
            Distributed = new DistributedTraining(),
        };
        if (request.Settings is not { } settings) return options;
        return options.WithSettings(settings.Where(setting => request.ImageSize is null || setting.Key != TunedOption.ImageSize).ToDictionary());
    }
}
