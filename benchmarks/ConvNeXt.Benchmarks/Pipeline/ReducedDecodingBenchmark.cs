using System.Diagnostics;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using SkiaSharp;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>
/// What <see cref="ImageDecodingOptions.ReduceLargeJpegs"/> changes: the time to decode and prepare large photos, and the probabilities of a classifier. The
/// classifier is a linear probe on one half of the images; some of the others are enlarged and encoded as large JPEG files.
/// </summary>
internal static class ReducedDecodingBenchmark
{
    public const string Usage = "--images DIR [--weights FILE] [--count 60] [--megapixels 12] [--size 224] [--threads N]";

    private const int Quality = 90;

    private static readonly ImageDecodingOptions Reduced = new() { ReduceLargeJpegs = true };

    public static int Run(Arguments arguments)
    {
        string folder = arguments.Text("images")
            ?? throw new BenchmarkException("reduced takes --images DIR, a folder with one subfolder of images per class.");
        string weights = arguments.Text("weights") ?? Path.Combine(BenchmarkChecks.Repository, "tools", "Pretraining", "Weights", "atto.safetensors");
        int count = arguments.Integer("count", 60), megapixels = arguments.Integer("megapixels", 12), size = arguments.Integer("size", 224);
        using var check = new BenchmarkChecks($"{count} photos enlarged to {megapixels} megapixels, decoded at full and at reduced size for {size} pixels");
        LabeledImage[] images = [.. ImageFolder.Enumerate(folder)];
        ConvNeXtClassificationTransformer model = Train(images.Where((_, i) => i % 2 == 0), weights, size, arguments.Threads);
        LabeledImage[] held = [.. images.Where((_, i) => i % 2 == 1)];
        LabeledImage[] photos = [.. held.Where((_, i) => i % Math.Max(1, held.Length / count) == 0)];
        if (photos.Length == 0) throw new BenchmarkException($"{folder} has fewer than two images.");

        double fullSeconds = 0, reducedSeconds = 0, largest = 0, sum = 0;
        int same = 0, correctFull = 0, correctReduced = 0;
        foreach (LabeledImage photo in photos)
        {
            byte[] jpeg = Enlarge(photo.ImagePath, megapixels);
            (float[] full, double seconds) = Score(model, jpeg, ImageDecodingOptions.Default);
            fullSeconds += seconds;
            (float[] reduced, seconds) = Score(model, jpeg, Reduced);
            reducedSeconds += seconds;
            double difference = full.Zip(reduced, (one, other) => Math.Abs((double)one - other)).Max();
            largest = Math.Max(largest, difference);
            sum += difference;
            string fullLabel = Label(model, full), reducedLabel = Label(model, reduced);
            same += fullLabel == reducedLabel ? 1 : 0;
            correctFull += fullLabel == photo.Label ? 1 : 0;
            correctReduced += reducedLabel == photo.Label ? 1 : 0;
        }
        int all = photos.Length;
        Console.WriteLine($"decoding and preparing on one thread: {fullSeconds / all * 1e3:0.0} ms at full size, {reducedSeconds / all * 1e3:0.0} ms reduced: "
            + $"{fullSeconds / reducedSeconds:0.0} times as fast");
        Console.WriteLine($"largest difference of a probability: mean {sum / all:0.0000}, maximum {largest:0.0000}");
        Console.WriteLine($"accuracy {(double)correctFull / all:0.0%} at full size, {(double)correctReduced / all:0.0%} reduced");
        check.Report($"the same class for {same} of {all} photos", same >= 0.95 * all);
        return check.Finish();
    }

    private static ConvNeXtClassificationTransformer Train(IEnumerable<LabeledImage> images, string weights, int size, int? threads)
    {
        var ml = new MLContext(1);
        IDataView view = ml.Data.LoadFromEnumerable(images);
        return ml.MulticlassClassification.Trainers.ConvNeXt(new ConvNeXtTrainer.Options
        {
            Weights = weights,
            ValidationSetFraction = null,
            Recipe = new Recipe
            {
                Name = "linear probe",
                DropPathRate = 0,
                Training = new TrainingOptions
                {
                    LinearProbe = true,
                    Epochs = 60,
                    WarmupEpochs = 0,
                    LearningRate = 1e-2,
                    Preprocessing = ImagePreprocessing.ForSize(size),
                },
            },
            ThreadCount = threads,
        }).Fit(ml.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view));
    }

    private static byte[] Enlarge(string path, int megapixels)
    {
        using SKBitmap bitmap = SKBitmap.Decode(path);
        double scale = Math.Sqrt(megapixels * 1e6 / ((double)bitmap.Width * bitmap.Height));
        var size = new SKImageInfo((int)(bitmap.Width * scale), (int)(bitmap.Height * scale));
        using SKBitmap large = bitmap.Resize(size, SKFilterQuality.High);
        using SKData jpeg = large.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return jpeg.ToArray();
    }

    private static (float[] Probabilities, double Seconds) Score(ConvNeXtClassificationTransformer model, byte[] jpeg, ImageDecodingOptions options)
    {
        ImagePreprocessing preprocessing = model.Preprocessing;
        float[] pixels = new float[preprocessing.Length], values = new float[model.Config.ClassCount];
        long start = Stopwatch.GetTimestamp();
        using (RgbImage image = ImageDecoding.Decode(new ImageReference(null, jpeg, null), options, preprocessing)) preprocessing.Apply(image, pixels);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using (EngineCall call = model.Network.Call()) call.Engine.Score(pixels, 1, preprocessing.Height, preprocessing.Width, values);
        float most = values.Max();
        double sum = values.Sum(value => Math.Exp(value - most));
        return ([.. values.Select(value => (float)(Math.Exp(value - most) / sum))], seconds);
    }

    private static string Label(ConvNeXtClassificationTransformer model, float[] probabilities) =>
        model.LabelNames[Array.IndexOf(probabilities, probabilities.Max())];
}
