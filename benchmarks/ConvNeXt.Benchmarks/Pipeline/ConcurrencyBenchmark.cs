using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>How long a Transform of one row takes when several thread-pool threads call it at the same time, as in a web service, compared with one caller.</summary>
internal static class ConcurrencyBenchmark
{
    private const double MaxRatio = 4;

    public static int Run(Arguments arguments)
    {
        string file = Path.GetFullPath(arguments.Text("image") ?? Path.Combine(BenchmarkChecks.Repository, "tests", "data", "golden", "preprocess", "photo5.jpg"));
        ConvNeXtVariant variant = arguments.Variant("atto");
        int size = arguments.Integer("size", 64), callers = arguments.Integer("callers", 16), rows = arguments.Integer("rows", 25);
        using var check = new BenchmarkChecks($"{callers} callers on the thread pool, {rows} times Transform of one row each: {variant} at {size} pixels");
        var ml = new MLContext(1);
        LabeledImage[] images = [new() { ImagePath = file, Label = "one" }, new() { ImagePath = file, Label = "other" }];
        ConvNeXtClassificationTransformer model = SmallModel.Fit(ml, variant, size, images, arguments.Threads);

        double Measure()
        {
            long start = Stopwatch.GetTimestamp();
            IDataView scored = model.Transform(ml.Data.LoadFromEnumerable([images[0]]));
            ml.Data.CreateEnumerable<Prediction>(scored, reuseRowObject: false).Single();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        for (int i = 0; i < 100; i++) Measure();
        double[] alone = [.. Enumerable.Range(0, callers * rows).Select(_ => Measure()).Order()];
        long all = Stopwatch.GetTimestamp();
        Task<double[]>[] tasks = [.. Enumerable.Range(0, callers).Select(_ => Task.Run(() => Enumerable.Range(0, rows).Select(_ => Measure()).ToArray()))];
        Task.WaitAll(tasks);
        double rate = callers * rows / Stopwatch.GetElapsedTime(all).TotalSeconds;
        double[] together = [.. tasks.SelectMany(task => task.Result).Order()];
        double ratio = Percentile(together, 0.99) / Repetition.Median(alone);
        Console.WriteLine($"one caller: median {Repetition.Median(alone):0.0} ms, 99 % within {Percentile(alone, 0.99):0.0} ms");
        Console.WriteLine($"{callers} callers: median {Repetition.Median(together):0.0} ms, 99 % within {Percentile(together, 0.99):0.0} ms, {rate:0} rows/s");
        check.Report($"the 99th percentile is {ratio:0.0} times the median of one caller; the limit is {MaxRatio:0}", ratio <= MaxRatio);
        return check.Finish();
    }

    private static double Percentile(double[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
