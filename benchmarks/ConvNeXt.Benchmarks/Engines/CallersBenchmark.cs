using System.Diagnostics;
using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Benchmarks.Peers;

namespace ConvNeXt.Benchmarks.Engines;

/// <summary>
/// Callers on threads of their own that score one image after the other with the same engine, compared with one caller that scores batches: images/s, latency,
/// memory of the engine while they work and after it was idle. Every result is compared with that of the image by itself.
/// </summary>
internal static class CallersBenchmark
{
    public const string Usage = "[--variant atto] [--size 224] [--callers 1,2,3,8,32] [--batch 8] [--threads N] [--seconds 1] [--rounds 11]";

    private const int Images = 8;

    private const double LeastRate = 0.95;

    /// <summary>Longer than the engine keeps memory that it does not need.</summary>
    private static readonly TimeSpan _idle = (2 * BatchScorer.IdleTime) + TimeSpan.FromSeconds(1);

    public static int Run(Arguments arguments)
    {
        ConvNeXtConfig config = ConvNeXtArchitectures.Get(arguments.Variant("atto"));
        int size = arguments.Integer("size", 224), batch = arguments.Integer("batch", 8), rounds = arguments.Integer("rounds", 11);
        TimeSpan length = TimeSpan.FromSeconds(arguments.Integer("seconds", 1));
        using var check = new BenchmarkChecks($"{config.Name} {size}: callers with one image each, against one with batches of {batch}; median of {rounds} rounds");
        using var engine = new ManagedScoringEngine(config, WeightInitializer.Create(config, seed: 1), new EngineOptions { ThreadCount = arguments.Threads });
        var work = new Work(engine, size, batch);
        int[] callers = arguments.Integers("callers", "1,2,3,8,32");
        var batched = new List<Measured>();
        var single = callers.Select(_ => new List<Measured>()).ToArray();
        work.MeasureBatches(TimeSpan.FromSeconds(1)); // first use
        for (int round = 0; round < rounds; round++)
        {
            batched.Add(work.MeasureBatches(length));
            for (int i = 0; i < callers.Length; i++) single[i].Add(work.MeasureCallers(callers[i], length));
        }
        // Of the same round, because the speed of a virtual machine changes.
        double[] shares = [.. single.Select(results => Repetition.Median(results.Zip(batched, (own, one) => own.Rate / one.Rate)))];
        Console.WriteLine("| callers | images/s | of one with batches | p50 ms | p99 ms | MiB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Print($"1, batches of {batch}", batched, 1);
        for (int i = 0; i < callers.Length; i++) Print(callers[i].ToString(CultureInfo.InvariantCulture), single[i], shares[i]);
        Thread.Sleep(_idle);
        Console.WriteLine($"idle: {engine.WorkspaceBytes >> 20} MiB");
        check.Report("all results are those of the image by itself, in every bit", work.Wrong == 0);
        for (int i = 0; i < callers.Length; i++)
        {
            if (callers[i] > 1) check.Report($"{callers[i]} callers: at least {LeastRate} of one with batches", shares[i] >= LeastRate);
        }
        return check.Finish();
    }

    private static void Print(string who, List<Measured> results, double share)
    {
        Console.WriteLine($"| {who} | {Median(result => result.Rate):0.0} | {share:0.00} | {Median(result => result.Middle):0.0} | {Median(result => result.Late):0.0} | "
            + $"{Median(result => result.Bytes / 1048576.0):0} |");

        double Median(Func<Measured, double> value) => Repetition.Median(results.Select(value));
    }

    /// <summary>One measurement: images/s, the median and the 99th percentile of the latency in milliseconds, the largest memory of the engine.</summary>
    private readonly record struct Measured(double Rate, double Middle, double Late, long Bytes);

    private sealed class Work
    {
        private readonly ManagedScoringEngine _engine;
        private readonly int _size, _batch;
        private readonly float[][] _images, _expected;
        private readonly float[] _together;
        private int _wrong;

        public Work(ManagedScoringEngine engine, int size, int batch)
        {
            (_engine, _size, _batch) = (engine, size, batch);
            _images = [.. Enumerable.Range(0, Images).Select(seed => ImageBatch.Random(1, size, size, seed).Pixels)];
            _expected = [.. _images.Select(image => Score(image, 1))];
            _together = [.. Enumerable.Range(0, batch).SelectMany(i => _images[i % Images])];
        }

        public int Wrong => _wrong;

        public Measured MeasureBatches(TimeSpan length) => Measure(1, _batch, length, _ => (_together, Enumerable.Range(0, _batch).ToArray()));

        public Measured MeasureCallers(int callers, TimeSpan length) => Measure(callers, 1, length, i => (_images[i % Images], [i]));

        private Measured Measure(int callers, int each, TimeSpan length, Func<int, (float[] Pixels, int[] Images)> choose)
        {
            var latencies = new List<double>[callers];
            long start = Stopwatch.GetTimestamp(), bytes = 0;
            Thread[] threads = [.. Enumerable.Range(0, callers).Select(caller => new Thread(() =>
            {
                var mine = latencies[caller] = [];
                for (int i = caller; Stopwatch.GetElapsedTime(start) < length; i++)
                {
                    (float[] pixels, int[] images) = choose(i);
                    long begun = Stopwatch.GetTimestamp();
                    float[] scores = Score(pixels, each);
                    mine.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                    Compare(images, scores);
                    Interlocked.Exchange(ref bytes, Math.Max(Volatile.Read(ref bytes), _engine.WorkspaceBytes));
                }
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            double[] all = [.. latencies.SelectMany(mine => mine).Order()];
            return new Measured(all.Length * each / seconds, Repetition.Median(all), all[(int)(0.99 * (all.Length - 1))], bytes);
        }

        private float[] Score(float[] pixels, int count)
        {
            var logits = new float[count * _engine.Config.ClassCount];
            _engine.Score(pixels, count, _size, _size, logits);
            return logits;
        }

        private void Compare(int[] images, float[] scores)
        {
            int each = _engine.Config.ClassCount;
            for (int i = 0; i < images.Length; i++)
                if (!scores.AsSpan(i * each, each).SequenceEqual(_expected[images[i] % Images])) Interlocked.Increment(ref _wrong);
        }
    }
}
