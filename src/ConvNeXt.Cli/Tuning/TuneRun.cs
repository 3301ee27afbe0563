using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Output;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.Cli.Training;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Tuning;
using Microsoft.ML;

namespace ConvNeXt.Cli.Tuning;

/// <summary>A search: check, search, save.</summary>
internal sealed class TuneRun(ToolConsole console, CancellationToken cancellation)
{
    /// <summary>Runs the search.</summary>
    /// <exception cref="DataUnusableException">The images cannot be used.</exception>
    /// <exception cref="UsageException">The options contradict each other, or the output file exists.</exception>
    public int Execute(TuneRequest request, string runs, bool resume, bool json)
    {
        TuneFolder? search = null;
        if (resume)
        {
            if (request.HasOptions) throw new UsageException("--resume continues with the options of the search; leave out the others.");
            search = TuneFolder.FindInterrupted(runs, request.Data);
            request = search.Request;
        }
        else if (request.Output is { } output)
        {
            ModelFiles.CheckNew(output);
        }
        TrainingImages images = TrainingImages.Open(console, request.ToTrainRequest(), cancellation);
        search ??= TuneFolder.Create(runs, request, DateTime.Now);
        return Search(search, images, json);
    }

    private int Search(TuneFolder search, TrainingImages images, bool json)
    {
        TuneRequest request = search.Request;
        var context = new MLContext(request.Seed ?? TrainRequest.DefaultSeed);
        ConvNeXtTrainer.Options options = CreateOptions(context, request, images);
        // The search divides the images itself; the part val is no different from the part train to it.
        LabeledImage[] searched = [.. images.Training.Concat(images.HeldOut).OrderBy(image => image.ImagePath, StringComparer.Ordinal)];
        IDataView data = context.Data.LoadFromEnumerable(searched);
        TuningResult result;
        using (new RunLog(search.Log, console, context))
        {
            result = context.MulticlassClassification.Trainers.ConvNeXt(options).Tune(data, new TuningOptions
            {
                TimeLimit = request.TimeLimit,
                Trials = request.Trials,
                Fixed = request.ImageSize is null ? [] : [TunedOption.ImageSize],
                Folder = search.Folder,
                Resume = true,
                ProgressCallback = new TuneScreen(console, request.TimeLimit).Report,
            });
        }
        console.EndLive();
        File.WriteAllText(search.Settings, JsonText.ToText(writer => SettingsFile.Write(writer, result.Chosen.Settings)) + "\n");
        if (result.Model is { } model)
        {
            ITransformer complete = model.Append(context.Transforms.Conversion.MapKeyToValue(options.PredictedLabelColumnName).Fit(model.Transform(data)));
            ModelFiles.Save(context, complete, data.Schema, search.Model);
            if (request.Output is { } output) ModelFiles.Copy(search.Model, output);
        }
        var text = new TuneResultText(search.Folder, result.Model is null ? null : request.Output ?? search.Model, search.Settings, result);
        string written = JsonText.ToText(text.WriteJson);
        if (!result.IsCanceled) File.WriteAllText(search.Result, written + "\n");
        if (json) console.Output.Write(written + "\n");
        else text.WriteText(console.Output);
        return result.IsCanceled ? ExitCode.Canceled : ExitCode.Ok;
    }

    private ConvNeXtTrainer.Options CreateOptions(MLContext context, TuneRequest request, TrainingImages images) => new()
    {
        LabelColumnName = nameof(LabeledImage.Label),
        ImageColumnName = nameof(LabeledImage.ImagePath),
        Weights = request.Weights,
        AcceptNonCommercialLicense = request.AcceptNonCommercialLicense,
        WeightsLicense = request.WeightsLicense,
        ImageSize = request.ImageSize,
        Epochs = request.Epochs,
        BatchSize = request.BatchSize,
        Seed = request.Seed ?? TrainRequest.DefaultSeed,
        ValidationSet = images.Test.Count > 0 ? context.Data.LoadFromEnumerable(images.Test) : null,
        CancellationToken = cancellation,
    };
}
