using System.Diagnostics;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace GpuScoring;

/// <summary>Loads a model, scores all images of a folder, and prints the speed and the number of images per label.</summary>
internal sealed class ScoringJob(string model, string folder, int[] gpus, ComputePrecision precision)
{
    private const int BatchOfAGpu = 64, WarmUpImages = 64;

    /// <returns>The exit code: 0, or 2 if the GPU cannot be used.</returns>
    public int Run()
    {
        // With FallbackToCpu = false, a GPU that cannot be used is an error with a reason instead of a slow program.
        var context = new MLContext { GpuDeviceId = gpus.Length > 0 ? gpus[0] : null, FallbackToCpu = false };
        context.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning) Console.WriteLine(message.Message);
        };
        var pictures = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsPicture).Order(StringComparer.Ordinal).Select(path => new Picture { ImagePath = path }).ToList();
        if (pictures.Count == 0) throw new InvalidOperationException($"There are no images in {folder}.");
        try
        {
            Score(context, pictures);
            return 0;
        }
        catch (EngineUnavailableException e)
        {
            Console.Error.WriteLine($"GpuScoring: the GPU cannot be used: {e.Message}");
            Console.Error.WriteLine("Use --processor to score the images on the CPU.");
            return 2;
        }
    }

    private void Score(MLContext context, List<Picture> pictures)
    {
        var classifier = context.Model.Load(model, out _).GetConvNeXtClassifier();
        if (gpus.Length > 0) classifier = classifier.WithEngine(ConvNeXtEngine.Auto, precision, gpus, BatchOfAGpu * gpus.Length);
        string where = gpus.Length > 0 ? $"GPU {string.Join(", ", gpus)}, {precision}" : "the CPU";

        var clock = Stopwatch.StartNew();
        Count(context, classifier, pictures.Take(WarmUpImages));
        Console.WriteLine($"{classifier.Config.Name} on {where}: ready after {clock.Elapsed.TotalSeconds:0.0} s");

        clock.Restart();
        var counts = Count(context, classifier, pictures);
        double seconds = clock.Elapsed.TotalSeconds;
        foreach (var (label, count) in counts.OrderByDescending(pair => pair.Value)) Console.WriteLine($"{count,8} {label}");
        Console.WriteLine($"{pictures.Count} images in {seconds:0.0} s: {pictures.Count / seconds:0.0} images/s, decoded on {Environment.ProcessorCount} threads");
    }

    private static Dictionary<string, int> Count(MLContext context, ConvNeXtClassificationTransformer classifier, IEnumerable<Picture> pictures)
    {
        var scored = classifier.Transform(context.Data.LoadFromEnumerable(pictures));
        var counts = new Dictionary<string, int>();
        foreach (var row in context.Data.CreateEnumerable<Prediction>(scored, reuseRowObject: true))
        {
            int best = Array.IndexOf(row.Score, row.Score.Max());
            string label = float.IsNaN(row.Score[0]) ? "(unreadable)" : classifier.LabelNames.ElementAtOrDefault(best) ?? $"class {best}";
            counts[label] = counts.GetValueOrDefault(label) + 1;
        }

        return counts;
    }

    private static bool IsPicture(string path) => Path.GetExtension(path).ToUpperInvariant() is ".JPG" or ".JPEG" or ".PNG" or ".BMP";

    private sealed class Picture
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
