using System.Diagnostics;
using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Benchmarks.Kill;

/// <summary>
/// Kills a training run with SIGKILL at random moments, every other time while it writes a checkpoint, and resumes it each time. In the end its result and the
/// weights, moments and moving average of its last checkpoint are compared, bit for bit, with those of an uninterrupted run.
/// </summary>
internal static class KillBenchmark
{
    private const int LongestWaitMilliseconds = 40;

    public static int Run(Arguments arguments)
    {
        int kills = arguments.Integer("kills", 20);
        var random = new Random(arguments.Integer("seed", Environment.TickCount & 0xFFFF));
        string root = Directory.CreateTempSubdirectory("convnext-kill-").FullName;
        string uninterrupted = Path.Combine(root, "uninterrupted"), killed = Path.Combine(root, "killed");
        try
        {
            using (var run = Start(uninterrupted))
            {
                if (!Finish(run)) return 1;
            }
            var tally = new Tally();
            for (int kill = 0; kill < kills; kill++)
            {
                // Few enough that the run does not end before the last kill.
                int steps = random.Next(1, Math.Max(2, 2 * KilledRun.TotalSteps / kills / 3));
                if (!Kill(killed, steps, duringWrite: kill % 2 == 0, random, ref tally)) return 1;
            }
            using (var run = Start(killed))
            {
                if (!Finish(run)) return 1;
            }
            int tensors = 0;
            bool same = AreSame(uninterrupted, killed, KilledRun.ResultName, ref tensors)
                & AreSame(uninterrupted, killed, "checkpoint.safetensors", ref tensors);
            Console.WriteLine(
                $"Killed with SIGKILL {tally.Kills} of {kills} times, {tally.DuringWrite} of them while a checkpoint was being written, and resumed each time: "
                + $"{KilledRun.TotalSteps} steps; {tensors} tensors of result and state {(same ? "equal" : "DIFFER from")} those of the uninterrupted run.");
            return same && tally.Kills == kills ? 0 : 1;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static bool Kill(string folder, int steps, bool duringWrite, Random random, ref Tally tally)
    {
        using var run = Start(folder);
        string writing = new CheckpointOptions { Folder = folder }.Path + ".new", line = "";
        for (int step = 0; step < steps; step++)
        {
            if (run.StandardOutput.ReadLine() is not { } next) return Fail(run, "it ended before it was killed");
            line = next;
        }
        var watch = Stopwatch.StartNew();
        if (duringWrite)
            while (!File.Exists(writing) && watch.Elapsed < TimeSpan.FromSeconds(2)) Thread.SpinWait(20);
        else
            Thread.Sleep(random.Next(LongestWaitMilliseconds));
        run.Kill();
        run.WaitForExit();
        bool wasWriting = File.Exists(writing);
        if (run.ExitCode == 0) return Fail(run, "it ended before it was killed");
        tally = new Tally(tally.Kills + 1, tally.DuringWrite + (wasWriting ? 1 : 0));
        Console.WriteLine($"kill {tally.Kills}: after step {line}{(wasWriting ? ", while writing a checkpoint" : "")}");
        return true;
    }

    private static bool Finish(Process run)
    {
        run.StandardOutput.ReadToEnd();
        run.WaitForExit();
        return run.ExitCode == 0 || Fail(run, $"it ended with exit code {run.ExitCode}");
    }

    private static bool Fail(Process run, string what)
    {
        Console.WriteLine($"The run failed: {what}. {run.StandardError.ReadToEnd()}");
        return false;
    }

    /// <summary>Starts the run in a process of its own.</summary>
    /// <param name="words">Its arguments.</param>
    internal static Process Start(params string[] words)
    {
        string[] arguments = OwnProgram.Arguments([KilledRun.Command, .. words]);
        return Process.Start(new ProcessStartInfo(OwnProgram.File, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    private static bool AreSame(string one, string other, string name, ref int tensors)
    {
        WeightSet first = SafetensorsReader.Read(Path.Combine(one, name)), second = SafetensorsReader.Read(Path.Combine(other, name));
        tensors += first.Tensors.Count;
        bool same = first.Tensors.Count == second.Tensors.Count;
        foreach (var tensor in first.Tensors)
        {
            if (second.TryGet(tensor.Name, out var found) && AreSameBits(tensor.Values, found.Values)) continue;
            Console.WriteLine($"{name}: '{tensor.Name}' differs.");
            same = false;
        }
        return same;
    }

    private static bool AreSameBits(float[] first, float[] second) =>
        MemoryMarshal.AsBytes(first.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(second.AsSpan()));

    private readonly record struct Tally(int Kills, int DuringWrite);
}
