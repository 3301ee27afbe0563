using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Benchmarks.Peers;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>
/// A folder of images scored end to end, from file to probabilities, through ML.NET's Transform, compared with the network alone on preprocessed pixels;
/// and the time that reading, decoding and preprocessing an image take.
/// </summary>
internal static class PipelineBenchmark
{
    private const double MinShare = 0.9, MinBusy = 0.95, NetworkSeconds = 6;
    private const int Size = 224;

    public static int Run(Arguments arguments)
    {
        string folder = arguments.Text("images")
            ?? throw new BenchmarkException("pipeline takes --images DIR, a folder with one subfolder of images per class.");
        int rows = arguments.Integer("rows", 2000);
        IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(folder);
        using var check = new BenchmarkChecks(
            $"{rows} images of {folder} ({images.Count} files, repeated) from file to probabilities, {Size} pixels; the network alone before and after");
        PrintPreparation(images);
        foreach (ConvNeXtVariant variant in arguments.Variants("tiny,atto"))
        {
            var ml = new MLContext(1);
            ConvNeXtClassificationTransformer model = SmallModel.Fit(ml, variant, Size, images, arguments.Threads);
            IDataView view = ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(row => images[row % images.Count]));
            Score(model, ml.Data.TakeRows(view, Math.Min(rows, 64))); // warms up
            double before = NetworkRate(model);
            (double rate, double busy) = Score(model, view);
            double network = (before + NetworkRate(model)) / 2, share = rate / network;
            string line = $"{variant,-6} {rate,6:0.0} images/s end to end, network alone {network,6:0.0}: {share:0.0%}; processors busy {busy:0.0%}";
            if (variant == ConvNeXtVariant.Tiny) check.Report($"{line} (the limit is {MinShare:0%} of the network)", share >= MinShare);
            else check.Report($"{line} (the limit is {MinBusy:0%} busy)", busy >= MinBusy);
        }
        return check.Finish();
    }

    private static double NetworkRate(ConvNeXtClassificationTransformer model)
    {
        const int batch = 16;
        ImageBatch images = ImageBatch.Random(batch, Size, Size, seed: 1);
        var logits = new float[batch * model.Config.ClassCount];
        using EngineCall call = model.Network.Call();
        IScoringEngine scoring = call.Engine;
        return batch / Repetition.MedianSeconds(() => scoring.Score(images.Pixels, batch, Size, Size, logits), NetworkSeconds);
    }

    private static (double Rate, double Busy) Score(ConvNeXtClassificationTransformer model, IDataView view)
    {
        IDataView scored = model.Transform(view);
        TimeSpan used = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        int rows = 0;
        using (DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["Score"]]))
        {
            ValueGetter<VBuffer<float>> get = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
            VBuffer<float> score = default;
            for (; cursor.MoveNext(); rows++) get(ref score);
        }
        double seconds = watch.Elapsed.TotalSeconds;
        return (rows / seconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds / seconds / Environment.ProcessorCount);
    }

    // On one thread. Each step is run for all images before the next one, so its time is measured by itself.
    private static void PrintPreparation(IReadOnlyList<LabeledImage> images)
    {
        ImagePreprocessing preprocessing = ImagePreprocessing.ForSize(Size);
        LabeledImage[] some = [.. images.Where((_, i) => i % Math.Max(1, images.Count / 100) == 0)];
        byte[][] files = [.. some.Select(image => File.ReadAllBytes(image.ImagePath))];
        var pixels = new float[preprocessing.Length];
        double Milliseconds(Action action) => Repetition.MedianSeconds(action, 1) * 1e3 / some.Length;
        double reading = Milliseconds(() =>
        {
            foreach (LabeledImage file in some) File.ReadAllBytes(file.ImagePath);
        });
        double decoding = Milliseconds(() =>
        {
            foreach (byte[] bytes in files)
            {
                using RgbImage image = ImageDecoding.Decode(new ImageReference(null, bytes, null), ImageDecodingOptions.Default);
            }
        });
        double all = Milliseconds(() =>
        {
            foreach (LabeledImage file in some)
            {
                using RgbImage image = ImageDecoding.Decode(new ImageReference(file.ImagePath, null, null), ImageDecodingOptions.Default);
                preprocessing.Apply(image, pixels);
            }
        });
        Console.WriteLine($"preparing an image on one thread: {all:0.00} ms, of it reading {reading:0.00}, decoding {decoding:0.00}, "
            + $"resizing and normalizing {all - reading - decoding:0.00}");
    }
}
