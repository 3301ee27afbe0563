using System.Diagnostics;
using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// How long it takes and how much memory to make an engine of a safetensors file, beside reading the file alone. The peak is that of a whole process, so each
/// measurement is a process of its own.
/// </summary>
internal static class LoadBenchmark
{
    private const string OnlyOption = "--only", Nothing = "nothing", Engine = "engine";
    private const double SecondsWanted = 1, PeakWanted = 1.3;

    /// <summary>Writes a file, or takes one, and measures.</summary>
    public static int Compare(ConvNeXtVariant variant, string? file)
    {
        using var check = new PeerCheck(
            "An engine made of a safetensors file: time beyond reading the file (at most 1 s), peak memory of the process (at most 1.3 times the file)");
        string path = file is null ? check.TemporaryFile("weights.safetensors") : Path.GetFullPath(file);
        if (file is null) SafetensorsWriter.Write(path, VisibleWeights.Create(ConvNeXtArchitectures.Get(variant), seed: 1));
        double size = new FileInfo(path).Length;

        // The first run brings the file into the system's cache.
        Measure(path, Nothing);
        (double reading, double idle) = Measure(path, Nothing);
        (double loading, double peak) = Measure(path, Engine);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {(file is null ? ConvNeXtArchitectures.Get(variant).Name : file)}, {size / 1e6:0} MB, F32, in the system's file cache
            reading alone      {reading:0.00} s, peak {idle / 1e6,4:0} MB ({idle / size:0.00} of the file)
            engine of it       {loading:0.00} s, peak {peak / 1e6,4:0} MB ({peak / size:0.00} of the file)
            """));
        check.Report(string.Create(CultureInfo.InvariantCulture, $"{loading - reading:0.00} s beyond reading the file"), loading - reading <= SecondsWanted);
        check.Report(string.Create(CultureInfo.InvariantCulture, $"peak memory {peak / size:0.00} times the file"), peak <= PeakWanted * size);
        return check.Finish();
    }

    /// <summary>One measurement, in the process made for it: prints seconds and peak bytes.</summary>
    public static int RunOne(string path, string what)
    {
        var watch = Stopwatch.StartNew();
        if (what == Engine)
        {
            using WeightFile weights = WeightFile.Open(path);
            using var engine = new ManagedScoringEngine(weights.DetectConfig(), weights);
            Print(watch);
        }
        else
        {
            var buffer = new byte[1 << 20];
            using FileStream stream = File.OpenRead(path);
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
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {self.PeakWorkingSet64}"));
    }

    private static (double Seconds, double PeakBytes) Measure(string path, string what)
    {
        string[] words = PeerCheck.Run("dotnet", PeerCheck.Repository, typeof(LoadBenchmark).Assembly.Location, "load", "--file", path, OnlyOption, what).Split(' ');
        return (double.Parse(words[0], CultureInfo.InvariantCulture), double.Parse(words[1], CultureInfo.InvariantCulture));
    }
}
