using System.Diagnostics;
using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Benchmarks.Peers;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>
/// What ML.NET's PredictionEngine adds to one picture: beside its Predict, in turns, the same picture decoded, prepared and scored without ML.NET. And how even it
/// is over thousands of predictions.
/// </summary>
internal static class LatencyBenchmark
{
    private const double MostAdded = 0.03, MostSpread = 1.3;

    public static int Run(Arguments arguments)
    {
        string picture = Path.GetFullPath(arguments.Text("picture") ?? Path.Combine(PeerCheck.Repository, "tests", "data", "golden", "preprocess", "photo5.jpg"));
        ConvNeXtVariant variant = arguments.Variant("atto");
        int predictions = arguments.Integer("predictions", 2000);
        using var check = new PeerCheck(string.Create(CultureInfo.InvariantCulture,
            $"One picture after the other, {variant} at 224 pixels: PredictionEngine in turns with the engine alone, {predictions} predictions of each"));
        var ml = new MLContext(1);
        LabeledImage[] pictures = [new() { ImagePath = picture, Label = "one" }, new() { ImagePath = picture, Label = "other" }];
        ConvNeXtClassificationTransformer model = SmallModel.Fit(ml, variant, 224, pictures, arguments.Threads);
        using PredictionEngine<LabeledImage, Prediction> engine = ml.Model.CreatePredictionEngine<LabeledImage, Prediction>(model);
        ImagePreprocessing preprocessing = model.Preprocessing;
        var pixels = new float[preprocessing.Length];
        var logits = new float[model.LabelNames.Count];
        var scoring = model.Network.Engine;

        void Alone()
        {
            using RgbImage image = ImageDecoding.Decode(new ImageReference(picture, null, null));
            preprocessing.Apply(image, pixels);
            scoring.Score(pixels, 1, preprocessing.Size, preprocessing.Size, logits);
        }
        var prediction = new Prediction();
        var photo = new LabeledImage { ImagePath = picture };
        void Predict() => engine.Predict(photo, ref prediction);

        double[] alone = new double[predictions], predicted = new double[predictions];
        for (int i = 0; i < Math.Max(predictions / 4, 50); i++)
        {
            Alone();
            Predict();
        }
        for (int i = 0; i < predictions; i++)
        {
            // Whoever comes second finds warm caches.
            if (i % 2 == 0) alone[i] = Time(Alone);
            predicted[i] = Time(Predict);
            if (i % 2 == 1) alone[i] = Time(Alone);
        }
        Array.Sort(alone);
        Array.Sort(predicted);
        double added = Repetition.Median(predicted) / Repetition.Median(alone) - 1, spread = predicted[(int)(0.99 * predictions)] / Repetition.Median(predicted);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"median {Repetition.Median(predicted) * 1e3:0.000} ms, of it the engine alone (decoding, preparing, scoring) {Repetition.Median(alone) * 1e3:0.000} ms; 99 % within {predicted[(int)(0.99 * predictions)] * 1e3:0.000} ms"));
        check.Report(string.Create(CultureInfo.InvariantCulture, $"PredictionEngine adds {added:0.0%}, at most {MostAdded:0%}"), added <= MostAdded);
        check.Report(string.Create(CultureInfo.InvariantCulture, $"the 99th percentile is {spread:0.00} times the median, at most {MostSpread:0.0}"), spread <= MostSpread);
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
