using System.Diagnostics;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Spectre.Console;

namespace Distillation;

/// <summary>Accuracy, speed and file size of models, in a row each.</summary>
internal sealed class ResultTable(MLContext ml, IDataView pictures, IDataView testSet)
{
    private readonly List<string> _rows = [$"{"",-24}{"pixels",7}  {"accuracy",-23}{"log loss",8}{"images/s",10}{"MB",6}{"trained in s",14}"];

    /// <summary>Measures a model and adds its row.</summary>
    public void Add(string name, ITransformer model, TimeSpan? trained)
    {
        ConvNeXtClassificationTransformer classifier = ((IEnumerable<ITransformer>)model).OfType<ConvNeXtClassificationTransformer>().Single();
        IDataView scored = ml.Data.Cache(model.Transform(testSet));
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(scored);
        int images = scored.GetColumn<uint>("Label").Count();
        string accuracy = $"{metrics.MicroAccuracy:0.000} ({AccuracyInterval.Of(metrics.MicroAccuracy, images)})";
        _rows.Add(
            $"{name,-24}{classifier.Preprocessing.Size,7}  {accuracy,-23}{metrics.LogLoss,8:0.000}{ImagesPerSecond(model),10:0}{FileSize(model) / 1e6,6:0.0}"
            + (trained is { } time ? $"{time.TotalSeconds,14:0}" : $"{"-",14}"));
        AnsiConsole.WriteLine($"{name} ({classifier.Config.Name}): accuracy {metrics.MicroAccuracy:0.000} on {images} held-out images");
    }

    /// <summary>Prints all rows; accuracy with its 95 % confidence interval.</summary>
    public void Print() => _rows.ForEach(AnsiConsole.WriteLine);

    // Reading, decoding and scoring of all images, on all cores.
    private double ImagesPerSecond(ITransformer model)
    {
        var watch = Stopwatch.StartNew();
        int images = model.Transform(pictures).GetColumn<float[]>("Score").Count();
        return images / watch.Elapsed.TotalSeconds;
    }

    private long FileSize(ITransformer model)
    {
        using var file = new MemoryStream();
        ml.Model.Save(model, pictures.Schema, file);
        return file.Length;
    }
}
