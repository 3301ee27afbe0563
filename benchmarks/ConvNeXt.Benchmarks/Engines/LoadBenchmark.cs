using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Benchmarks.Peers;

namespace ConvNeXt.Benchmarks.Engines;

/// <summary>
/// Time and memory to create an engine from a safetensors file, compared with only reading the file. Peak memory is that of a whole process, so each
/// measurement runs in a process of its own.
/// </summary>
internal static class LoadBenchmark
{
    /// <summary>First word of the command line of the process of one measurement.</summary>
    public const string OneCommand = "load-one";

    private const string Reading = "reading", Engine = "engine";
    private const double MaxSeconds = 1, MaxPeak = 1.3;
    private const int Processes = 5;

    /// <summary>Measures with the given file, or with one that it writes.</summary>
    public static int Run(Arguments arguments)
    {
        using var check = new BenchmarkChecks(
            $"An engine created from a safetensors file, medians of {Processes} processes: at most {MaxSeconds:0} s longer than reading it, peak memory at most {MaxPeak:0.0} times its size");
        ConvNeXtConfig config = ConvNeXtArchitectures.Get(arguments.Variant("base"));
        string? file = arguments.Text("file");
        string path = file is null ? check.TemporaryFile("weights.safetensors") : Path.GetFullPath(file);
        if (file is null) SafetensorsWriter.Write(path, VisibleWeights.Create(config, seed: 1));
        double size = new FileInfo(path).Length;

        Measure(path, Reading); // brings the file into the operating system's cache
        (double reading, double readingPeak) = Median(path, Reading);
        (double loading, double peak) = Median(path, Engine);
        Console.WriteLine($"""
            {file ?? config.Name}, {size / 1e6:0} MB, F32, in the file cache
            reading only       {reading:0.00} s, peak {readingPeak / 1e6,4:0} MB ({readingPeak / size:0.00} of the file)
            creating an engine {loading:0.00} s, peak {peak / 1e6,4:0} MB ({peak / size:0.00} of the file)
            """);
        check.Report($"{loading - reading:0.00} s longer than reading the file", loading - reading <= MaxSeconds);
        check.Report($"peak memory {peak / size:0.00} times the file", peak <= MaxPeak * size);
        return check.Finish();
    }

    /// <summary>One measurement: prints seconds and peak bytes of this process.</summary>
    /// <param name="words">The file, and whether to read it or to create an engine.</param>
    public static int RunOne(string[] words)
    {
        var watch = Stopwatch.StartNew();
        if (words[1] == Engine)
        {
            using WeightFile weights = WeightFile.Open(words[0]);
            using var engine = new ManagedScoringEngine(weights.DetectConfig(), weights);
            Print(watch);
        }
        else
        {
            var buffer = new byte[1 << 20];
            using FileStream stream = File.OpenRead(words[0]);
            while (stream.Read(buffer) > 0)
            {
            }
            Print(watch);
        }
        return 0;
    }

    private static void Print(Stopwatch watch)
    {
        double seconds = watch.Elapsed.TotalSeconds;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine($"{seconds} {self.PeakWorkingSet64}");
    }

    // On some virtual machines the first process that needs much memory takes twice as long as the next ones.
    private static (double Seconds, double PeakBytes) Median(string path, string what)
    {
        var runs = Enumerable.Range(0, Processes).Select(_ => Measure(path, what)).ToList();
        return (Repetition.Median(runs.Select(run => run.Seconds)), Repetition.Median(runs.Select(run => run.PeakBytes)));
    }

    private static (double Seconds, double PeakBytes) Measure(string path, string what)
    {
        string[] words = BenchmarkChecks.RunCommand(OneCommand, path, what).Split(' ');
        return (double.Parse(words[0]), double.Parse(words[1]));
    }
}
