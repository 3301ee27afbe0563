using System.Diagnostics;

namespace ConvNeXt.Benchmarks;

/// <summary>Times an action: some runs to warm up, then runs for a while; the median, which a busy machine disturbs least.</summary>
internal static class Repetition
{
    /// <summary>Whether to take the processor time of this process instead of the time on the wall: for one thread on a machine that others use.</summary>
    public static bool UsesProcessorTime { get; set; }

    public static double MedianSeconds(Action action, double seconds)
    {
        var warmUp = Stopwatch.StartNew();
        for (int i = 0; i < 3 || warmUp.Elapsed.TotalSeconds < seconds / 5; i++) action();
        var times = new List<double>();
        var total = Stopwatch.StartNew();
        while (times.Count < 5 || total.Elapsed.TotalSeconds < seconds)
        {
            double start = Now();
            action();
            times.Add(Now() - start);
        }

        return Median(times);
    }

    /// <summary>The value in the middle; of an even number the mean of the two there.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The clock, in seconds.</summary>
    public static double Now() => UsesProcessorTime ? Environment.CpuUsage.TotalTime.TotalSeconds : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
}
