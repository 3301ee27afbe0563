using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using QuickStart.Parts;
using Spectre.Console;

namespace QuickStart;

/// <summary>Trains on images in class folders, evaluates, saves the model, and predicts in another process.</summary>
internal sealed class MainJob(JobSettings settings)
{
    private const double TestFraction = 0.2;

    /// <summary>With fewer images, a validation set of a tenth is too small to compare epochs, and training needs those images.</summary>
    private const int LeastForValidation = 500;
    private static readonly ConvNeXtConfig Network = ConvNeXtArchitectures.Get(ConvNeXtVariant.Atto);

    public int Run()
    {
        try
        {
            string folder = settings.Images ?? DrawPictures();
            IReadOnlyList<LabeledImage> pictures = ImageFolder.Enumerate(folder);
            AnsiConsole.WriteLine($"{pictures.Count} images in {folder}: {string.Join(", ", pictures.GroupBy(picture => picture.Label).Select(group => $"{group.Key} {group.Count()}"))}");

            int runs = settings.Seeds ?? (settings.Images is null ? 1 : 3);
            var accuracies = new List<double>();
            for (int seed = 1; seed <= runs; seed++)
            {
                if (runs > 1) AnsiConsole.Write(new Rule($"seed {seed} of {runs}"));
                accuracies.Add(TrainAndMeasure(pictures, seed));
            }
            if (runs > 1)
                AnsiConsole.WriteLine($"held-out accuracy over {runs} seeds: mean {accuracies.Average():0.000} ({string.Join(", ", accuracies.Select(accuracy => accuracy.ToString("0.000")))}); "
                    + $"baseline (most frequent class): {(double)pictures.GroupBy(picture => picture.Label).Max(group => group.Count()) / pictures.Count:0.000}");
            return FreshPrediction.Start(settings.Output, [.. OnePerClass(pictures)]);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException or InvalidOperationException or OperationCanceledException)
        {
            AnsiConsole.WriteLine($"QuickStart: {exception.Message}");
            return 1;
        }
    }

    private double TrainAndMeasure(IReadOnlyList<LabeledImage> pictures, int seed)
    {
        var ml = new MLContext(seed);
        IDataView data = ml.Data.LoadFromEnumerable(pictures);
        DataOperationsCatalog.TrainTestData split = ml.Data.TrainTestSplit(data, TestFraction, seed: seed);

        var screen = new TrainingScreen();
        using var interrupt = new Interrupt();
        ConvNeXtTrainer.Options options = Options(screen, interrupt.Token, ValidationShare(pictures.Count));
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.MulticlassClassification.Trainers.ConvNeXt(options))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ml.Log += screen.Hear;
        PrintPipeline(options);

        var watch = Stopwatch.StartNew();
        var model = screen.Show(() => pipeline.Fit(split.TrainSet));
        AnsiConsole.WriteLine($"trained in {watch.Elapsed.TotalSeconds:0} s");

        MulticlassClassificationMetrics metrics = Report.Print(ml, ml.Data.Cache(model.Transform(split.TestSet)));
        ml.Model.Save(model, data.Schema, settings.Output);
        AnsiConsole.WriteLine($"saved {settings.Output} ({new FileInfo(settings.Output).Length / 1e6:0.0} MB)");
        if (settings.Onnx is { } onnx)
        {
            model.OfType<ConvNeXtClassificationTransformer>().Single().SaveAsOnnx(onnx);
            AnsiConsole.WriteLine($"saved {onnx} ({new FileInfo(onnx).Length / 1e6:0.0} MB)");
        }
        return metrics.MicroAccuracy;
    }

    /// <summary>Returns the fraction of the training images to hold out; null for none.</summary>
    private float? ValidationShare(int pictures) => settings.Validation switch
    {
        0 => null,
        { } share => share,
        null => pictures < LeastForValidation ? null : 0.1f,
    };

    private ConvNeXtTrainer.Options Options(TrainingScreen screen, CancellationToken cancellation, float? validation)
    {
        // The drawn parts differ in outline, not in color: large crops without erasing and a smaller learning rate work better for them.
        // For photos, the library's recipe for small data sets is used as it is.
        Recipe recipe = settings.Images is not null ? Recipe.SmallData : (Recipe.SmallData with { LayerScaleInit = 1f }).With(training => training with
        {
            Epochs = 80,
            LearningRate = 5e-4,
            Preprocessing = ImagePreprocessing.ForSize(64),
            NormalizeByTrainingSet = false,
            Crop = new RandomResizedCrop { MinScale = 0.7 },
            RandomErasing = null,
        });
        if (settings.Epochs is { } epochs) recipe = recipe.With(training => training with { Epochs = epochs, WarmupEpochs = Math.Min(training.WarmupEpochs, epochs / 4) });
        if (settings.Size is { } size) recipe = recipe.With(training => training with { Preprocessing = ImagePreprocessing.ForSize(size) });
        return new ConvNeXtTrainer.Options
        {
            ImageColumnName = nameof(LabeledImage.ImagePath),
            LabelColumnName = nameof(LabeledImage.Label),
            Config = Network,
            ValidationSetFraction = validation,
            Recipe = recipe.With(training => training with { ComputeThreads = settings.Threads }),
            ProgressCallback = screen.Step,
            MetricsCallback = screen.Epoch,
            CancellationToken = cancellation,
        };
    }

    private static void PrintPipeline(ConvNeXtTrainer.Options options)
    {
        TrainingOptions training = options.Recipe!.Training;
        AnsiConsole.WriteLine($"""
            pipeline: MapValueToKey(Label)
                      -> ConvNeXt({options.ImageColumnName}: {options.Config!.Name}, {training.Preprocessing.Size} px, {training.Epochs} epochs, batches of {training.BatchSize}, learning rate {training.LearningRate:g})
                      -> MapKeyToValue(PredictedLabel)
            """);
    }

    private static string DrawPictures()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "parts");
        AnsiConsole.WriteLine($"drawing images of machined parts, {PartPictures.PerShape} of each kind");
        PartPictures.Write(folder);
        return folder;
    }

    private static IEnumerable<string> OnePerClass(IReadOnlyList<LabeledImage> pictures) => pictures.GroupBy(picture => picture.Label).Select(group => group.Last().ImagePath);
}
