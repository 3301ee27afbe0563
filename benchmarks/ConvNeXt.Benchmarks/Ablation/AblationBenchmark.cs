using System.Diagnostics;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.MLNet.Scoring;

namespace ConvNeXt.Benchmarks.Ablation;

/// <summary>
/// Trains each row of <see cref="AblationTable"/> from scratch on each data set, over folds and seeds, and prints mean and standard deviation of the
/// held-out accuracy.
/// </summary>
internal sealed class AblationBenchmark
{
    private const int Folds = 5;

    private readonly int _foldsUsed;
    private readonly int _seeds;
    private readonly int _jobs;
    private readonly bool _trains;
    private readonly RunCache _cache;
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    private AblationBenchmark(Arguments arguments)
    {
        _foldsUsed = Math.Min(arguments.Integer("folds", Folds), Folds);
        _seeds = arguments.Integer("seeds", 3);
        _jobs = arguments.Integer("jobs", Environment.ProcessorCount);
        _trains = arguments.Text("train") != "no";
        _cache = new RunCache(arguments.Text("cache") ?? Path.Combine("artifacts", "ablation"));
    }

    public static int Run(Arguments arguments)
    {
        string folders = arguments.Text("images")
            ?? throw new BenchmarkException("ablation takes --images DIR, a folder with one subfolder of images per class, or several such folders.");
        DecodedImageSet[] sets = [.. folders.Split(',').Select(DecodedImageSet.Read)];
        string filter = arguments.Text("rows") ?? "";
        var cases = AblationTable.Cases().Where(entry => entry.Row.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToArray();
        new AblationBenchmark(arguments).Run(sets, cases);
        return 0;
    }

    private void Run(DecodedImageSet[] sets, (AblationRow Row, AblationCase Case, AblationCase? Below)[] cases)
    {
        Console.WriteLine(string.Join('\n', sets.Select(set => set.Fingerprint)));
        Console.WriteLine($"{Folds} folds, {_foldsUsed} of them held out in turn, {_seeds} seeds, {_jobs} runs at a time");
        string[] colors = [.. sets.Select(set => Summary.Of([.. Splits(set).Select(split => ColorStatistics.Accuracy(split.Training, split.HeldOut))]))];
        var lines = new List<string> { $"| no network: mean and deviation of the color channels | {string.Join(" | ", colors)} |" };
        Console.WriteLine(lines[0]);
        foreach (var (row, study, below) in cases)
        {
            var cells = new List<string>();
            foreach (DecodedImageSet set in sets)
            {
                cells.Add(Summary.Of(Measure(set, study), below is null ? [] : [.. Runs(set, below).Select(run => _cache.Find(run.Description))]));
                Console.WriteLine($"[{_watch.Elapsed:h\\:mm\\:ss}] {row.Name}: {set.Name} {cells[^1]}");
            }
            lines.Add($"| {(row.Stays ? "" : "- ")}{row.Name} | {string.Join(" | ", cells)} |");
        }
        Console.WriteLine($"\n| technique | {string.Join(" | ", sets.Select(set => set.Name))} |\n|---|{string.Concat(sets.Select(_ => "---|"))}");
        Console.WriteLine(string.Join('\n', lines));
    }

    /// <summary>The outcomes of all runs; null for a run that is neither cached nor trained.</summary>
    private RunOutcome?[] Measure(DecodedImageSet set, AblationCase study)
    {
        Planned[] runs = [.. Runs(set, study)];
        var outcomes = new RunOutcome?[runs.Length];
        Parallel.For(0, runs.Length, new ParallelOptions { MaxDegreeOfParallelism = _jobs }, at =>
        {
            outcomes[at] = _cache.Find(runs[at].Description);
            if (outcomes[at] is null && _trains) _cache.Add(runs[at].Description, outcomes[at] = Train(set, runs[at]));
        });
        return outcomes;
    }

    private IEnumerable<Planned> Runs(DecodedImageSet set, AblationCase study)
    {
        foreach ((int seed, int fold) in SeedsAndFolds())
        {
            AblationCase concrete = study.For(set.Classes.Count, seed);
            yield return new Planned(concrete, seed, fold, $"{set.Fingerprint}; fold {fold} of {Folds}; {concrete.Describe()}");
        }
    }

    private IEnumerable<(int Seed, int Fold)> SeedsAndFolds() =>
        from seed in Enumerable.Range(1, _seeds) from fold in Enumerable.Range(0, _foldsUsed) select (seed, fold);

    private IEnumerable<(DecodedImageSet Training, DecodedImageSet HeldOut)> Splits(DecodedImageSet set) =>
        SeedsAndFolds().Select(run => Split(set, run.Seed, run.Fold));

    private static (DecodedImageSet Training, DecodedImageSet HeldOut) Split(DecodedImageSet set, int seed, int fold)
    {
        int[] folds = StratifiedFolds.Assign([.. set.Labels], Folds, seed);
        return (set.Where(item => folds[item] != fold), set.Where(item => folds[item] == fold));
    }

    private static RunOutcome Train(DecodedImageSet set, Planned run)
    {
        var watch = Stopwatch.StartNew();
        var (training, heldOut) = Split(set, run.Seed, run.Fold);
        TrainingResult result = new TrainingSession(run.Case.Network, null, run.Case.Options, training, heldOut).Run();
        EpochMetrics last = result.Epochs[^1];
        return new RunOutcome((last.AverageValidation ?? last.Validation)!.MicroAccuracy, last.TrainAccuracy, watch.Elapsed.TotalSeconds);
    }

    private sealed record Planned(AblationCase Case, int Seed, int Fold, string Description);
}
