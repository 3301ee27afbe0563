using System.Diagnostics;

namespace ConvNeXt.Benchmarks;

/// <summary>Times an action: some runs to warm up, then runs for a while; the median, which a busy machine disturbs least.</summary>
internal static class Repetition
{
    public static double MedianSeconds(Action action, double seconds)
    {
        var warmUp = Stopwatch.StartNew();
        for (int i = 0; i < 3 || warmUp.Elapsed.TotalSeconds < seconds / 5; i++) action();
        var times = new List<double>();
        var total = Stopwatch.StartNew();
        while (times.Count < 5 || total.Elapsed.TotalSeconds < seconds)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        times.Sort();
        return times[times.Count / 2];
    }
}
