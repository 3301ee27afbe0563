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
    private readonly Table _table = new Table { Border = TableBorder.Simple }
        .AddColumns("", "network", "pixels", "accuracy", "95 % interval", "log loss", "images/s", "file in MB", "trained in s");

    /// <summary>Measures a model and adds its row.</summary>
    public void Add(string name, ITransformer model, TimeSpan? trained)
    {
        ConvNeXtClassificationTransformer classifier = ((IEnumerable<ITransformer>)model).OfType<ConvNeXtClassificationTransformer>().Single();
        IDataView scored = ml.Data.Cache(model.Transform(testSet));
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(scored);
        int images = scored.GetColumn<uint>("Label").Count();
        _table.AddRow(
            name, classifier.Config.Name ?? "", $"{classifier.Preprocessing.Size}", $"{metrics.MicroAccuracy:0.000}", AccuracyInterval.Of(metrics.MicroAccuracy, images).ToString(),
            $"{metrics.LogLoss:0.000}", $"{ImagesPerSecond(model):0}", $"{FileSize(model) / 1e6:0.0}", trained is { } time ? $"{time.TotalSeconds:0}" : "-");
        AnsiConsole.WriteLine($"{name}: accuracy {metrics.MicroAccuracy:0.000} on {images} held-out images");
    }

    /// <summary>Prints all rows.</summary>
    public void Print() => AnsiConsole.Write(_table);

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
