using Microsoft.AspNetCore.Builder;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>Both services under the same arrivals, at shares of the capacity that was measured for the classifier.</summary>
internal static class LoadPart
{
    private const int Callers = 16, SingleSeconds = 2, CapacitySeconds = 2, Rounds = 5;

    private const double LatencyFactor = 4, LeastGoodput = 0.95;

    /// <summary>What leaves an accepted request half of the useful time for what cannot be foreseen.</summary>
    private static readonly TimeSpan _maxExpectedWait = OpenLoop.UsefulTime / 2;

    public static async Task RunAsync(BenchmarkChecks check, ServedModel model, int seconds)
    {
        byte[] picture = File.ReadAllBytes(Path.Combine(BenchmarkChecks.Repository, "tests", "data", "golden", "preprocess", "photo5.jpg"));
        TimeSpan length = TimeSpan.FromSeconds(seconds);
        await using WebApplication classifier = await Services.StartClassifierAsync(model.Path, _maxExpectedWait), pool = await Services.StartPoolAsync(model.Path);
        using OpenLoop ours = new(Services.AddressOf(classifier), picture), theirs = new(Services.AddressOf(pool), picture);
        (_, TimeSpan single) = await MeasureAsync("classifier", ours);
        await MeasureAsync("pool of engines", theirs);
        double capacity = await MeasureCapacityAsync(ours, theirs);
        Console.WriteLine($"useful: an answer within {OpenLoop.UsefulTime.TotalSeconds} s; the classifier's MaxExpectedWait is {_maxExpectedWait.TotalSeconds} s");
        Console.WriteLine("ideal: no overhead, one request after the other at exactly the capacity; others: share of the processors that other programs used");
        Console.WriteLine("load  service           p50 ms   p95 ms   p99 ms  useful/s  refused  failed  others");
        foreach (double share in (double[])[0.5, 0.8, 0.95, 1.5])
        {
            TimeSpan[] arrivals = OpenLoop.PlanArrivals(share * capacity, length, seed: 1);
            Print(share, "ideal", LoadResult.OfIdealService(arrivals, TimeSpan.FromSeconds(1 / capacity)), length, "");
            foreach ((string name, OpenLoop loop) in ((string, OpenLoop)[])[("classifier", ours), ("pool of engines", theirs)])
            {
                MachineUse before = MachineUse.Read();
                LoadResult result = await loop.RunAsync(arrivals);
                double useful = result.Useful / length.TotalSeconds;
                Print(share, name, result, length, $"{MachineUse.Read().OthersSince(before):P0}");
                if (loop != ours) continue;
                if (share == 0.8)
                {
                    check.Report("at 80 %, no errors", result.Refused + result.Failed == 0);
                    double most = LatencyFactor * single.TotalMilliseconds;
                    check.Report($"at 80 %, p99 under {LatencyFactor} times the single latency", result.Percentile(0.99) < most);
                }
                if (share == 1.5) check.Report($"at 150 %, useful answers at least {LeastGoodput} of the capacity", useful >= LeastGoodput * capacity);
            }
        }
    }

    private static void Print(double share, string name, LoadResult result, TimeSpan length, string others) => Console.WriteLine(
        $"{share,4:P0}  {name,-15} {result.Percentile(0.5),8:0.0} {result.Percentile(0.95),8:0.0} {result.Percentile(0.99),8:0.0} "
        + $"{result.Useful / length.TotalSeconds,9:0.0} {result.Refused,8} {result.Failed,7}  {others,6}");

    // In turns, so that other work of the machine hits both.
    private static async Task<double> MeasureCapacityAsync(OpenLoop ours, OpenLoop theirs)
    {
        var rates = new List<(double Ours, double Theirs)>();
        using var stages = new StageTimes();
        for (int round = 0; round < Rounds; round++)
        {
            (double own, _) = await ours.MeasureAsync(Callers, TimeSpan.FromSeconds(CapacitySeconds));
            (double pool, _) = await theirs.MeasureAsync(Callers, TimeSpan.FromSeconds(CapacitySeconds));
            rates.Add((own, pool));
        }
        double capacity = Repetition.Median(rates.Select(rate => rate.Ours));
        Console.WriteLine(
            $"capacity with {Callers} callers, median of {Rounds} rounds: classifier {capacity:0.0}/s, "
            + $"pool of engines {Repetition.Median(rates.Select(rate => rate.Theirs)):0.0}/s{stages}");
        return capacity;
    }

    private static async Task<(double PerSecond, TimeSpan Median)> MeasureAsync(string name, OpenLoop loop)
    {
        await loop.MeasureAsync(1, TimeSpan.FromSeconds(1)); // first use
        using var stages = new StageTimes();
        var result = await loop.MeasureAsync(1, TimeSpan.FromSeconds(SingleSeconds));
        Console.WriteLine($"{name}: single request {result.Median.TotalMilliseconds:0.0} ms (median of one caller){stages}");
        return result;
    }
}
