using System.Diagnostics;
using ConvNeXt.Backbone.Imaging;
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

    /// <summary>The drawn parts differ in outline, not in color: large crops without erasing and a smaller learning rate work better for them.</summary>
    private static readonly Recipe ForDrawings = (Recipe.SmallData with { LayerScaleInit = 1f }).With(training => training with
    {
        Epochs = 80,
        LearningRate = 5e-4,
        WarmupEpochs = 5,
        Preprocessing = ImagePreprocessing.ForSize(64),
        NormalizeByTrainingSet = false,
        Crop = new RandomResizedCrop { MinScale = 0.7 },
        RandomErasing = null,
    });

    public int Run()
    {
        try
        {
            string folder = settings.Images ?? DrawPictures();
            IReadOnlyList<LabeledImage> pictures = ImageFolder.Enumerate(folder);
            AnsiConsole.WriteLine($"{pictures.Count} images in {folder}: {string.Join(", ", pictures.GroupBy(picture => picture.Label).Select(group => $"{group.Key} {group.Count()}"))}");

            int runs = settings.Seeds ?? 1;
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

        using var interrupt = new Interrupt();
        ConvNeXtTrainer.Options options = Options(interrupt.Token, ValidationShare(pictures.Count));
        var pipeline = ml.MulticlassClassification.Trainers.ConvNeXt(options)
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ml.PrintConvNeXtProgress();

        var watch = Stopwatch.StartNew();
        ITransformer model = pipeline.Fit(split.TrainSet);
        AnsiConsole.WriteLine($"trained in {watch.Elapsed.TotalSeconds:0} s");

        MulticlassClassificationMetrics metrics = Report.Print(ml, ml.Data.Cache(model.Transform(split.TestSet)));
        ml.Model.Save(model, data.Schema, settings.Output);
        AnsiConsole.WriteLine($"saved {settings.Output} ({new FileInfo(settings.Output).Length / 1e6:0.0} MB)");
        if (settings.Onnx is { } onnx)
        {
            model.GetConvNeXtClassifier().SaveAsOnnx(onnx);
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

    private ConvNeXtTrainer.Options Options(CancellationToken cancellation, float? validation) => new()
    {
        ImageColumnName = nameof(LabeledImage.ImagePath),
        LabelColumnName = nameof(LabeledImage.Label),
        ValidationSetFraction = validation,
        // Photos are trained as the library does it by default. The drawn parts are not like photos, so they are trained from scratch.
        Weights = settings.Images is null ? ConvNeXtWeights.None : null,
        Recipe = settings.Images is null ? ForDrawings : null,
        Epochs = settings.Epochs,
        ImageSize = settings.Size,
        ThreadCount = settings.Threads,
        CancellationToken = cancellation,
    };

    private static string DrawPictures()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "parts");
        AnsiConsole.WriteLine($"drawing images of machined parts, {PartPictures.PerShape} of each kind");
        PartPictures.Write(folder);
        return folder;
    }

    private static IEnumerable<string> OnePerClass(IReadOnlyList<LabeledImage> pictures) => pictures.GroupBy(picture => picture.Label).Select(group => group.Last().ImagePath);
}
