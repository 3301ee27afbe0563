using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>
/// What ML.NET's PredictionEngine adds to the time of one image: its Predict, in turns with decoding, preprocessing and scoring the same image without
/// ML.NET. And how much the time varies over thousands of predictions.
/// </summary>
internal static class LatencyBenchmark
{
    private const double MaxAdded = 0.03, MaxSpread = 1.3;

    public static int Run(Arguments arguments)
    {
        string file = Path.GetFullPath(arguments.Text("image") ?? Path.Combine(BenchmarkChecks.Repository, "tests", "data", "golden", "preprocess", "photo5.jpg"));
        ConvNeXtVariant variant = arguments.Variant("atto");
        int predictions = arguments.Integer("predictions", 2000);
        using var check = new BenchmarkChecks(
            $"One image at a time, {variant} at 224 pixels: PredictionEngine in turns with the engine alone, {predictions} predictions each");
        var ml = new MLContext(1);
        LabeledImage[] images = [new() { ImagePath = file, Label = "one" }, new() { ImagePath = file, Label = "other" }];
        ConvNeXtClassificationTransformer model = SmallModel.Fit(ml, variant, 224, images, arguments.Threads);
        using PredictionEngine<LabeledImage, Prediction> engine = ml.Model.CreatePredictionEngine<LabeledImage, Prediction>(model);
        ImagePreprocessing preprocessing = model.Preprocessing;
        var pixels = new float[preprocessing.Length];
        var logits = new float[model.LabelNames.Count];
        using EngineCall call = model.Network.Call();
        IScoringEngine scoring = call.Engine;

        void Alone()
        {
            using RgbImage image = ImageDecoding.Decode(new ImageReference(file, null, null), ImageDecodingOptions.Default);
            preprocessing.Apply(image, pixels);
            scoring.Score(pixels, 1, preprocessing.Height, preprocessing.Width, logits);
        }
        var prediction = new Prediction();
        var photo = new LabeledImage { ImagePath = file };
        void Predict() => engine.Predict(photo, ref prediction);

        double[] alone = new double[predictions], predicted = new double[predictions];
        for (int i = 0; i < Math.Max(predictions / 4, 50); i++)
        {
            Alone();
            Predict();
        }
        for (int i = 0; i < predictions; i++)
        {
            // In alternating order, because the second one finds warm caches.
            if (i % 2 == 0) alone[i] = Time(Alone);
            predicted[i] = Time(Predict);
            if (i % 2 == 1) alone[i] = Time(Alone);
        }
        Array.Sort(alone);
        Array.Sort(predicted);
        double added = Repetition.Median(predicted) / Repetition.Median(alone) - 1;
        double spread = predicted[(int)(0.99 * predictions)] / Repetition.Median(predicted);
        Console.WriteLine($"median {Repetition.Median(predicted) * 1e3:0.000} ms, without ML.NET {Repetition.Median(alone) * 1e3:0.000} ms; "
            + $"99 % within {predicted[(int)(0.99 * predictions)] * 1e3:0.000} ms");
        check.Report($"PredictionEngine adds {added:0.0%}; the limit is {MaxAdded:0%}", added <= MaxAdded);
        check.Report($"the 99th percentile is {spread:0.00} times the median; the limit is {MaxSpread:0.0}", spread <= MaxSpread);
        return check.Finish();
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
