using System.Diagnostics;
using System.Globalization;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Kill;

/// <summary>
/// Kills a training run that has a time budget with SIGKILL at random moments and resumes it each time. The run must end by itself, with finite weights, and
/// all its processes together must have trained for about as long as the budget says.
/// </summary>
internal static class BudgetedKillBenchmark
{
    /// <summary>How far the time may be off: the last plan is made at 85 % of the time, and each process takes time to start before its run counts.</summary>
    private const double Tolerance = 0.25;

    public static int Run(Arguments arguments)
    {
        int seconds = arguments.Integer("budget", 30), kills = arguments.Integer("kills", 5);
        var random = new Random(arguments.Integer("seed", 1));
        string folder = Directory.CreateTempSubdirectory("convnext-kill-").FullName;
        using var check = new BenchmarkChecks($"a run of {seconds} seconds, killed {kills} times and resumed");
        try
        {
            double trained = 0;
            for (int kill = 1; kill <= kills; kill++)
            {
                // Less than the budget in all, so that the run is still there for the last kill.
                double until = seconds * (0.2 + (0.6 * random.NextDouble())) / kills;
                using var run = KillBenchmark.Start(folder, Text(seconds));
                double reached = Watch(run, TimeSpan.FromSeconds(until), out string last);
                run.Kill();
                run.WaitForExit();
                trained += reached;
                Console.WriteLine($"kill {kill}: {reached:0.0} s after its start, at step {last}");
            }
            using (var run = KillBenchmark.Start(folder, Text(seconds)))
            {
                trained += Watch(run, Timeout.InfiniteTimeSpan, out string last);
                run.WaitForExit();
                check.Report($"the resumed run ended with exit code {run.ExitCode} at step {last}", run.ExitCode == 0);
            }
            bool isFinite = SafetensorsReader.Read(Path.Combine(folder, KilledRun.ResultName)).Tensors.All(tensor => tensor.Values.All(float.IsFinite));
            check.Report("all weights of the result are finite", isFinite);
            check.Report(
                FormattableString.Invariant($"{trained:0.0} s in all processes, for a budget of {seconds} s"),
                Math.Abs(trained - seconds) <= Tolerance * seconds);
            return check.Finish();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads the steps of a run until the time is over or the run ends.</summary>
    /// <returns>Seconds since it was started.</returns>
    private static double Watch(Process run, TimeSpan time, out string last)
    {
        var watch = Stopwatch.StartNew();
        last = run.StandardOutput.ReadLine() ?? throw new BenchmarkException($"The run ended before its first step. {run.StandardError.ReadToEnd()}");
        while ((time == Timeout.InfiniteTimeSpan || watch.Elapsed < time) && run.StandardOutput.ReadLine() is { } line) last = line;
        return watch.Elapsed.TotalSeconds;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
