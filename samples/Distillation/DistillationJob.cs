using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Spectre.Console;

namespace Distillation;

/// <summary>Trains a teacher and two students, one of which learns from it, and compares them on images that none of them was trained on.</summary>
internal sealed class DistillationJob(JobSettings settings)
{
    private const double TestFraction = 0.2;

    private readonly MLContext _ml = new(settings.Seed);

    public int Run()
    {
        try
        {
            IDataView pictures = _ml.Data.LoadFromEnumerable(ImageFolder.Enumerate(settings.Images));
            DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(pictures, TestFraction, seed: settings.Seed);
            _ml.Log += (_, message) =>
            {
                if (message.Kind is ChannelMessageKind.Warning or ChannelMessageKind.Error) AnsiConsole.WriteLine(message.Message);
            };

            var table = new ResultTable(_ml, pictures, split.TestSet);
            ITransformer teacher = settings.Teacher is { } saved ? _ml.Model.Load(saved, out _) : Train(split.TrainSet, TeacherOptions(), "teacher", table);
            if (settings.Teacher is not null) table.Add("teacher", teacher, trained: null);
            Train(split.TrainSet, StudentOptions(), "student without teacher", table);
            ConvNeXtTrainer.Options taught = StudentOptions();
            taught.Teacher = teacher;
            taught.Distillation = settings.Distillation;
            Train(split.TrainSet, taught, "student with teacher", table);
            table.Print();
            return 0;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException or InvalidOperationException)
        {
            AnsiConsole.WriteLine($"Distillation: {exception.Message}");
            return 1;
        }
    }

    private ConvNeXtTrainer.Options TeacherOptions() => CreateOptions(settings.TeacherVariant, settings.TeacherWeights, settings.TeacherSize);

    private ConvNeXtTrainer.Options StudentOptions() => CreateOptions(ConvNeXtVariant.Atto, settings.Weights, settings.Size);

    private ConvNeXtTrainer.Options CreateOptions(ConvNeXtVariant variant, string? weights, int size) => new()
    {
        ImageColumnName = nameof(LabeledImage.ImagePath),
        LabelColumnName = nameof(LabeledImage.Label),
        Variant = variant,
        Weights = weights,
        ValidationSetFraction = null, // every image counts; the last weights are kept
        ImageSize = size,
        Epochs = settings.Epochs,
    };

    private ITransformer Train(IDataView trainSet, ConvNeXtTrainer.Options options, string name, ResultTable table)
    {
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.MulticlassClassification.Trainers.ConvNeXt(options))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer model = null!;
        var watch = Stopwatch.StartNew();
        AnsiConsole.Progress().AutoClear(true).Start(progress =>
        {
            ProgressTask bar = progress.AddTask(name);
            options.ProgressCallback = step => Show(bar, name, step);
            model = pipeline.Fit(trainSet);
        });
        table.Add(name, model, watch.Elapsed);
        return model;
    }

    private static void Show(ProgressTask bar, string name, TrainingProgress step)
    {
        bar.MaxValue = (double)step.Epochs * step.StepsPerEpoch;
        bar.Value = (double)(step.Epoch - 1) * step.StepsPerEpoch + step.Step;
        bar.Description = $"{name}: loss {step.Loss:0.000}, {step.TimeLeft:mm\\:ss} left";
    }
}
