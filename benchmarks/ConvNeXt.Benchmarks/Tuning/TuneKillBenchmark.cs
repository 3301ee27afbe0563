using System.Diagnostics;
using System.Text.Json.Nodes;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Tuning;
using ConvNeXt.MLNet.Tuning.Search;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Tuning;

/// <summary>
/// Kills a search with SIGKILL at random moments and continues it each time. In the end, its journal (without seconds) and its choice are compared with those
/// of a search that was not interrupted.
/// </summary>
internal static class TuneKillBenchmark
{
    /// <summary>First word of the command line of the search that is killed.</summary>
    public const string WorkerCommand = "tune-run";

    /// <summary>The options.</summary>
    public const string Usage = "--images DIR [--trials 8] [--size 64] [--kills 5] [--seed N]";

    private const int LongestWaitMilliseconds = 400;

    public static int Run(Arguments arguments)
    {
        string images = arguments.Text("images")
            ?? throw new BenchmarkException("tune-kill takes --images DIR, a folder with one subfolder of images per class.");
        int kills = arguments.Integer("kills", 5), trials = arguments.Integer("trials", 8), size = arguments.Integer("size", 64);
        var random = new Random(arguments.Integer("seed", Environment.TickCount & 0xFFFF));
        string root = Directory.CreateTempSubdirectory("convnext-tune-kill-").FullName;
        string whole = Path.Combine(root, "whole"), killed = Path.Combine(root, "killed");
        try
        {
            int reports = Finish(whole, out string choice);
            for (int kill = 1; kill <= kills; kill++)
            {
                using Process run = Start(killed);
                // Few enough that the search does not end before the last kill.
                for (int report = random.Next(1, Math.Max(2, reports / (kills + 1))); report > 0; report--)
                {
                    if (run.StandardOutput.ReadLine() is not null) continue;
                    throw new BenchmarkException($"The search ended before it was killed. {run.StandardError.ReadToEnd()}");
                }
                Thread.Sleep(random.Next(LongestWaitMilliseconds));
                run.Kill();
                run.WaitForExit();
                Console.WriteLine($"kill {kill}: {ReadJournal(killed).Length} lines in the journal");
            }
            Finish(killed, out string choiceOfKilled);
            string[] lines = ReadJournal(whole), others = ReadJournal(killed);
            bool isSame = lines.SequenceEqual(others, StringComparer.Ordinal) && choice == choiceOfKilled;
            Console.WriteLine(
                $"Killed {kills} times and continued: {others.Length} lines of the journal and the choice are "
                + $"{(isSame ? "the same as" : "DIFFERENT from")} those of an uninterrupted search ({lines.Length} lines; {choice}).");
            return isSame ? 0 : 1;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }

        Process Start(string folder)
        {
            string[] words = OwnProgram.Arguments(WorkerCommand, images, folder, $"{trials}", $"{size}");
            return Process.Start(new ProcessStartInfo(OwnProgram.File, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }

        int Finish(string folder, out string choice)
        {
            using Process run = Start(folder);
            string[] lines = run.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            run.WaitForExit();
            if (run.ExitCode != 0) throw new BenchmarkException($"The search failed. {run.StandardError.ReadToEnd()}");
            choice = lines[^1];
            return lines.Length;
        }
    }

    /// <summary>The search that is killed; it prints a line for every tenth step and at last its choice.</summary>
    /// <param name="words">The images, the folder of the search, the number of trials, the image size.</param>
    public static int Work(string[] words)
    {
        var ml = new MLContext(seed: 1);
        int steps = 0;
        var trainer = ml.MulticlassClassification.Trainers.ConvNeXt(new ConvNeXtTrainer.Options { Seed = 1, ImageSize = int.Parse(words[3]), Epochs = 2 });
        TuningResult result = trainer.Tune(ml.Data.LoadFromEnumerable(ImageFolder.Enumerate(words[0])), new TuningOptions
        {
            Trials = int.Parse(words[2]),
            Fixed = [TunedOption.ImageSize],
            Folder = words[1],
            Resume = true,
            TrainsFinalModel = false,
            ProgressCallback = progress =>
            {
                if (progress.Step is not null && steps++ % 10 == 0) Console.WriteLine(progress.Activity);
            },
        });
        Console.WriteLine($"{result.Chosen.Name}, held out: {result.HeldOut}");
        return 0;
    }

    private static string[] ReadJournal(string folder)
    {
        string file = Path.Combine(folder, SearchJournal.FileName);
        return File.Exists(file) ? [.. File.ReadAllLines(file).Select(WithoutTime)] : [];
    }

    private static string WithoutTime(string line)
    {
        try
        {
            JsonObject values = JsonNode.Parse(line)!.AsObject();
            values.Remove("at");
            values.Remove("seconds");
            return values.ToJsonString();
        }
        catch (System.Text.Json.JsonException)
        {
            return line; // written in part
        }
    }
}
