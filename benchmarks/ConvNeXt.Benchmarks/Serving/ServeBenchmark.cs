using ConvNeXt.Benchmarks.Pipeline;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>The web service of samples/WebService on the loopback interface: load, correctness of many results, replaced models, and start.</summary>
internal static class ServeBenchmark
{
    public const string Usage = "--part load|count|replace|ready [--variant atto] [--size 224] [--seconds 8] [--requests 1000000] [--runs 11] [--folder PUBLISHED]";

    public static int Run(Arguments arguments)
    {
        string part = arguments.Text("part") ?? "";
        using var check = new BenchmarkChecks($"Serving: {part}");
        int seconds = arguments.Integer("seconds", 8);
        switch (part)
        {
            case "load":
                LoadPart.RunAsync(check, CreateModel(check, arguments, 224), seconds).GetAwaiter().GetResult();
                break;
            case "count":
                CountPart.RunAsync(check, CreateModel(check, arguments, 32), arguments.Integer("requests", 1_000_000)).GetAwaiter().GetResult();
                break;
            case "replace":
                ReplacePart.RunAsync(check, [.. Enumerable.Range(0, 2).Select(_ => CreateModel(check, arguments, 32))], seconds).GetAwaiter().GetResult();
                break;
            case "ready":
                ReadyPart.Run(check, CreateModel(check, arguments, 224).Path, arguments.Text("folder"), arguments.Integer("runs", 11));
                break;
            default:
                throw new ArgumentException($"--part is '{part}'; it must be load, count, replace or ready.");
        }
        return check.Finish();
    }

    private static ServedModel CreateModel(BenchmarkChecks check, Arguments arguments, int size)
    {
        string folder = NoiseImageFolder.Create(smallest: 32);
        try
        {
            IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(folder);
            var ml = new MLContext(1);
            string path = check.TemporaryFile($"{Guid.NewGuid():N}.zip");
            ml.Model.Save(SmallModel.FitPipeline(ml, arguments.Variant("atto"), arguments.Integer("size", size), images), null, path);
            return new ServedModel(path, [.. images.Select(image => File.ReadAllBytes(image.ImagePath))]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
