using System.Globalization;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>Processor time of the machine and of this process, which tells whether other programs have disturbed a measurement. On Linux.</summary>
internal readonly record struct MachineUse(double All, double Busy, TimeSpan Own)
{
    private const double TicksPerSecond = 100;

    private const string Statistics = "/proc/stat";

    public static MachineUse Read()
    {
        if (!File.Exists(Statistics)) return new(double.NaN, double.NaN, TimeSpan.Zero);
        // cpu, then user, nice, system, idle, iowait, irq, softirq, steal, in hundredths of seconds.
        double[] ticks = [.. File.ReadLines(Statistics).First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(word => double.Parse(word, CultureInfo.InvariantCulture) / TicksPerSecond)];
        double all = ticks.Sum();
        return new(all, all - ticks[3] - ticks[4], Environment.CpuUsage.TotalTime);
    }

    /// <summary>The share of all processors that other programs used.</summary>
    public double OthersSince(MachineUse before) => Math.Max(0, (Busy - before.Busy - (Own - before.Own).TotalSeconds) / (All - before.All));
}
