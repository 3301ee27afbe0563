using System.Diagnostics;
using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Benchmarks.Peers;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>
/// How long a fresh process takes from its start until the first prediction is printed: samples/Predict as dotnet build makes it, and as an app publishes it, compiled
/// ahead of time (ReadyToRun) and trimmed with its own runtime. The model file is in the system's cache. Seen from outside, the runtime's own start included.
/// </summary>
internal sealed class StartupBenchmark(string picture, int runs)
{
    private const double AttoSeconds = 0.4, TinySeconds = 0.8;

    private static readonly (string Name, string Folder, string[] Options)[] _publications =
    [
        ("ReadyToRun", "ahead", ["-p:PublishReadyToRun=true", "--self-contained", "false"]),
        ("trimmed, self-contained, ReadyToRun", "trimmed", ["-p:PublishReadyToRun=true", "--self-contained", "true", "-p:Trims=true"]),
    ];

    private static readonly string _project = Path.Combine(PeerCheck.Repository, "samples", "Predict");

    public static int Run(Arguments arguments)
    {
        string picture = arguments.Text("picture") ?? Path.Combine(PeerCheck.Repository, "tests", "data", "golden", "preprocess", "photo5.jpg");
        var benchmark = new StartupBenchmark(Path.GetFullPath(picture), arguments.Integer("runs", 11));
        ConvNeXtVariant[] variants = [.. (arguments.Text("variant") ?? "atto,tiny").Split(',').Select(name => Enum.Parse<ConvNeXtVariant>(name, ignoreCase: true))];
        return benchmark.Compare(variants, publishes: arguments.Text("publish") != "no");
    }

    private int Compare(ConvNeXtVariant[] variants, bool publishes)
    {
        using var check = new PeerCheck($"A fresh process, from its start to the first prediction printed; median of {runs} runs, fastest and slowest");
        var models = new List<(ConvNeXtVariant Variant, string Path)>();
        var ml = new MLContext(1);
        LabeledImage[] pictures = [new() { ImagePath = picture, Label = "one" }, new() { ImagePath = picture, Label = "other" }];
        foreach (ConvNeXtVariant variant in variants)
        {
            string path = check.TemporaryFile($"{variant}.zip");
            ml.Model.Save(SmallModel.FitPipeline(ml, variant, 224, pictures), null, path);
            models.Add((variant, path));
        }

        Measure(check, "dotnet build", Path.Combine(_project, "bin", "Release", "net10.0"), models);
        if (!publishes) return check.Finish();
        foreach (var (name, folderName, options) in _publications)
        {
            string folder = check.TemporaryFile(folderName);
            try
            {
                PeerCheck.Run("dotnet", _project, ["publish", "-c", "Release", "--nologo", "-v", "q", "--use-current-runtime", "--artifacts-path", $"{folder}-build", "-o", folder, .. options]);
            }
            catch (PeerException error)
            {
                Console.WriteLine($"{name}: not measured, as it cannot be published here. {error.Message}");
                continue;
            }
            Console.WriteLine($"{name}: {Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) / 1e6:0.0} MB");
            Measure(check, name, folder, models);
        }
        return check.Finish();
    }

    private void Measure(PeerCheck check, string name, string folder, List<(ConvNeXtVariant Variant, string Path)> models)
    {
        string program = Path.Combine(folder, OperatingSystem.IsWindows() ? "Predict.exe" : "Predict");
        foreach (var (variant, path) in models)
        {
            Time(program, path);
            double[] seconds = [.. Enumerable.Range(0, runs).Select(_ => Time(program, path)).Order()];
            double median = Repetition.Median(seconds);
            string line = string.Create(CultureInfo.InvariantCulture, $"{variant,-6} {name,-36} {median:0.000} s ({seconds[0]:0.000} to {seconds[^1]:0.000})");
            double? limit = variant == ConvNeXtVariant.Atto ? AttoSeconds : variant == ConvNeXtVariant.Tiny ? TinySeconds : null;
            if (limit is { } most) check.Report(string.Create(CultureInfo.InvariantCulture, $"{line}, at most {most} s"), median <= most);
            else Console.WriteLine(line);
        }
    }

    private double Time(string program, string model)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(program, [model, picture]) { RedirectStandardOutput = true })!;
        string? line = process.StandardOutput.ReadLine();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.WaitForExit();
        return line is not null && process.ExitCode == 0 ? seconds : throw new PeerException($"{program} ended with {process.ExitCode} and said: {line}");
    }
}
