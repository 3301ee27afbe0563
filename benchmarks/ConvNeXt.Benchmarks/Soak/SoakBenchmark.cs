using System.Diagnostics;
using ConvNeXt.Benchmarks.Pipeline;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Soak;

/// <summary>
/// Scoring for minutes by several threads while the model is loaded again every few seconds. Resident memory after a sixth of the time is compared with that
/// at the end; every answer for an image must be the same bits.
/// </summary>
internal static class SoakBenchmark
{
    public const string Usage = "[--minutes 30] [--callers 8] [--reload-seconds 3] [--pause-ms 20] [--variant atto] [--size 64] [--growth 20] [--images DIR]";

    /// <summary>Share of the whole time after which memory is measured first: minute 5 of 30.</summary>
    private const double WarmUpShare = 1.0 / 6;

    private const int SecondsOfASample = 10;

    public static int Run(Arguments arguments)
    {
        int minutes = arguments.Integer("minutes", 30), callers = arguments.Integer("callers", 8), percent = arguments.Integer("growth", 20);
        TimeSpan reload = TimeSpan.FromSeconds(arguments.Integer("reload-seconds", 3)), pause = TimeSpan.FromMilliseconds(arguments.Integer("pause-ms", 20));
        string? given = arguments.Text("images");
        string folder = given ?? NoiseImageFolder.Create();
        using var check = new BenchmarkChecks($"{callers} callers for {minutes} minutes, the model is loaded again every {reload.TotalSeconds} s");
        try
        {
            var ml = new MLContext(1);
            IReadOnlyList<LabeledImage> images = ImageFolder.Enumerate(folder);
            string path = check.TemporaryFile("model.zip");
            ml.Model.Save(SmallModel.FitPipeline(ml, arguments.Variant("atto"), arguments.Integer("size", 64), images), null, path);
            var soak = new SoakCallers(ml, images, pause);
            List<(TimeSpan Time, long Bytes)> samples = Watch(soak, ml, path, TimeSpan.FromMinutes(minutes), reload, callers, out int loads);
            TimeSpan end = samples[^1].Time, first = WarmUpShare * end;
            double before = Median(samples, first), after = Median(samples, end), growth = after / before - 1;
            Console.WriteLine($"{soak.Requests:N0} requests, {loads:N0} models loaded; resident memory {before / (1 << 20):N0} MiB after "
                + $"{first.TotalMinutes:0.0} minutes, {after / (1 << 20):N0} MiB after {end.TotalMinutes:0.0}, "
                + $"at most {samples.Max(sample => sample.Bytes) >> 20:N0} MiB");
            check.Report($"{soak.Errors} errors", soak.Errors == 0 && soak.Requests > 0);
            check.Report($"memory has grown by {growth:0.0%}; the limit is {percent} %", growth <= percent / 100.0);
            return check.Finish();
        }
        finally
        {
            if (given is null) Directory.Delete(folder, recursive: true);
        }
    }

    private static List<(TimeSpan Time, long Bytes)> Watch(
        SoakCallers soak, MLContext ml, string path, TimeSpan length, TimeSpan reload, int callers, out int loads)
    {
        var samples = new List<(TimeSpan, long)>();
        using var process = Process.GetCurrentProcess();
        soak.Replace(new SharedModel(ml.Model.Load(path, out _)));
        loads = 1;
        Thread[] threads = soak.Start(callers);
        var watch = Stopwatch.StartNew();
        var sinceLoad = Stopwatch.StartNew();
        while (watch.Elapsed < length)
        {
            Thread.Sleep(1000);
            process.Refresh();
            samples.Add((watch.Elapsed, process.WorkingSet64));
            if (sinceLoad.Elapsed < reload) continue;
            soak.Replace(new SharedModel(ml.Model.Load(path, out _)));
            loads++;
            sinceLoad.Restart();
        }
        soak.Stop();
        foreach (Thread thread in threads) thread.Join();
        soak.Replace(null);
        return samples;
    }

    /// <summary>The median around a time, since a garbage collection may just have been or not.</summary>
    private static double Median(List<(TimeSpan Time, long Bytes)> samples, TimeSpan time) =>
        Repetition.Median(samples.Where(sample => Math.Abs((sample.Time - time).TotalSeconds) <= SecondsOfASample).Select(sample => (double)sample.Bytes));
}
