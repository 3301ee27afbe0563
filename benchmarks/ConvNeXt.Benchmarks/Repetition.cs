using System.Diagnostics;

namespace ConvNeXt.Benchmarks;

/// <summary>Times an action: a warm-up, then repeated runs. The result is the median, which a busy machine disturbs least.</summary>
internal static class Repetition
{
    /// <summary>Whether to measure the processor time of this process instead of elapsed time: for one thread on a machine that others use.</summary>
    public static bool UsesProcessorTime { get; set; }

    /// <summary>The median time of a run.</summary>
    /// <param name="action">What is timed.</param>
    /// <param name="seconds">How long to repeat it; at least five runs are made.</param>
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

    /// <summary>The middle value; for an even count, the mean of the two middle values.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The current time in seconds, by the chosen clock.</summary>
    public static double Now() => UsesProcessorTime ? Environment.CpuUsage.TotalTime.TotalSeconds : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
}
