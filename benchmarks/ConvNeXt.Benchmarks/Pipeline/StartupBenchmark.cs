using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>
/// The time from the start of a fresh process until it has printed its first prediction: samples/Predict as built by <c>dotnet build</c>, and as published,
/// compiled ahead of time (ReadyToRun) and trimmed with its own runtime. Measured from outside, so it includes the start of .NET. The model file is in the
/// file cache.
/// </summary>
internal sealed class StartupBenchmark(string image, int runs)
{
    private const double MaxAttoSeconds = 0.4, MaxTinySeconds = 0.8;

    private static readonly (string Name, string Folder, string[] Options)[] Publications =
    [
        ("ReadyToRun", "ahead", ["-p:PublishReadyToRun=true", "--self-contained", "false"]),
        ("trimmed, self-contained, ReadyToRun", "trimmed", ["-p:PublishReadyToRun=true", "--self-contained", "true", "-p:Trims=true"]),
    ];

    private static readonly string Project = Path.Combine(BenchmarkChecks.Repository, "samples", "Predict");

    public static int Run(Arguments arguments)
    {
        string file = arguments.Text("image") ?? Path.Combine(BenchmarkChecks.Repository, "tests", "data", "golden", "preprocess", "photo5.jpg");
        var benchmark = new StartupBenchmark(Path.GetFullPath(file), arguments.Integer("runs", 11));
        return benchmark.Compare(arguments.Variants("atto,tiny"), publishes: arguments.Text("publish") != "no");
    }

    private int Compare(ConvNeXtVariant[] variants, bool publishes)
    {
        using var check = new BenchmarkChecks($"A fresh process, from its start to the first prediction printed; median of {runs} runs, fastest and slowest");
        var models = new List<(ConvNeXtVariant Variant, string Path)>();
        var ml = new MLContext(1);
        LabeledImage[] images = [new() { ImagePath = image, Label = "one" }, new() { ImagePath = image, Label = "other" }];
        foreach (ConvNeXtVariant variant in variants)
        {
            string path = check.TemporaryFile($"{variant}.zip");
            ml.Model.Save(SmallModel.FitPipeline(ml, variant, 224, images), null, path);
            models.Add((variant, path));
        }

        Measure(check, "dotnet build", Path.Combine(Project, "bin", "Release", "net10.0"), models);
        if (!publishes) return check.Finish();
        foreach (var (name, folderName, options) in Publications)
        {
            string folder = check.TemporaryFile(folderName);
            try
            {
                string[] output = ["--artifacts-path", $"{folder}-build", "-o", folder];
                BenchmarkChecks.Run("dotnet", Project, ["publish", "-c", "Release", "--nologo", "-v", "q", "--use-current-runtime", .. output, .. options]);
            }
            catch (BenchmarkException error)
            {
                Console.WriteLine($"{name}: not measured, because it cannot be published here. {error.Message}");
                continue;
            }
            long bytes = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
            Console.WriteLine($"{name}: {bytes / 1e6:0.0} MB");
            Measure(check, name, folder, models);
        }
        return check.Finish();
    }

    private void Measure(BenchmarkChecks check, string name, string folder, List<(ConvNeXtVariant Variant, string Path)> models)
    {
        string program = Path.Combine(folder, OperatingSystem.IsWindows() ? "Predict.exe" : "Predict");
        foreach (var (variant, path) in models)
        {
            Time(program, path);
            double[] seconds = [.. Enumerable.Range(0, runs).Select(_ => Time(program, path)).Order()];
            double median = Repetition.Median(seconds);
            string line = $"{variant,-6} {name,-36} {median:0.000} s ({seconds[0]:0.000} to {seconds[^1]:0.000})";
            double? limit = variant == ConvNeXtVariant.Atto ? MaxAttoSeconds : variant == ConvNeXtVariant.Tiny ? MaxTinySeconds : null;
            if (limit is { } most) check.Report($"{line}, the limit is {most} s", median <= most);
            else Console.WriteLine(line);
        }
    }

    private double Time(string program, string model)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(program, [model, image]) { RedirectStandardOutput = true })!;
        string? line = process.StandardOutput.ReadLine();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.WaitForExit();
        return line is not null && process.ExitCode == 0
            ? seconds
            : throw new BenchmarkException($"{program} ended with exit code {process.ExitCode} and printed: {line}");
    }
}
