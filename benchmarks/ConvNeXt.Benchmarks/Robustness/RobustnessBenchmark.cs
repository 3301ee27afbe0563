using System.Globalization;
using ConvNeXt.Benchmarks.Transfer;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Robustness;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Robustness;

/// <summary>
/// How much the default classifier loses by each corruption, trained with its own and with stronger augmentation, on folds of labeled pictures. Runs are kept
/// in a file, so that a run that was interrupted is continued, and later ones add to it.
/// </summary>
internal static class RobustnessBenchmark
{
    public const string Usage = "--images DIR1 DIR2 ... [--ways default,strong] [--folds 5] [--only-folds 0,1] [--seeds 1] [--severities 1,3,5] [--runs robustness.csv]";

    private const string Header = "set,way,folds,seed,fold,images,corruption,severity,accuracy", Clean = "none";

    private static readonly (string Name, AugmentationPreset? Augmentation)[] _ways = [("default", null), ("strong", AugmentationPreset.Strong)];

    public static int Run(Arguments arguments)
    {
        string[] folders = arguments.Texts("images", ""), wanted = arguments.Texts("ways", "default,strong");
        if (folders is [""]) throw new BenchmarkException("robustness takes --images DIR..., folders with one subfolder of images per class.");
        int folds = arguments.Integer("folds", 5);
        int[] seeds = arguments.Integers("seeds", "1");
        var options = new RobustnessOptions { Severities = [.. arguments.Integers("severities", "1,3,5")] };
        var done = new RunFile(arguments.Text("runs") ?? "robustness.csv", Header);
        foreach (string folder in folders)
        {
            var set = new TransferSet(folder);
            foreach (var (seed, fold, way) in
                     from seed in seeds from fold in arguments.Folds(folds) from way in _ways where wanted.Contains(way.Name) select (seed, fold, way))
            {
                string key = FormattableString.Invariant($"{set.Name},{way.Name},{folds},{seed},{fold},");
                if (done.Has(key)) continue;
                RobustnessReport report = Measure(set, set.Split(folds, seed, fold, perClass: 0), way.Augmentation, seed, options);
                string[] lines =
                [
                    FormattableString.Invariant($"{key}{report.Images},{Clean},0,{report.Accuracy:0.0000}"),
                    .. from result in report.Corruptions from item in result.Accuracies
                       select FormattableString.Invariant($"{key}{report.Images},{result.Corruption},{item.Severity},{item.Accuracy:0.0000}"),
                ];
                done.Add(lines);
                Console.WriteLine($"{key} {report.Describe()}");
            }
        }
        Print(done.Lines);
        return 0;
    }

    private static RobustnessReport Measure(TransferSet set, (int[] Training, int[] Test) split, AugmentationPreset? augmentation, int seed, RobustnessOptions options)
    {
        var ml = new MLContext(seed);
        IDataView training = ml.Data.LoadFromEnumerable(split.Training.Select(item => set[item]));
        using var model = ml.MulticlassClassification.Trainers.ConvNeXt(new ConvNeXtTrainer.Options { Augmentation = augmentation }).Fit(training);
        return model.EvaluateRobustness([.. split.Test.Select(item => set[item])], options with { Seed = seed * 1000 });
    }

    /// <summary>
    /// A row for each corruption, a column for each way: accuracy over folds, seeds and severities. The standard error is that over the runs, or of fewer than
    /// three, that of an accuracy on as many images.
    /// </summary>
    private static void Print(IReadOnlyList<string> lines)
    {
        var rows = lines.Select(line => line.Split(',')).ToArray();
        string[] ways = [.. rows.Select(row => row[1]).Distinct()];
        foreach (var set in rows.GroupBy(row => row[0]))
        {
            Console.WriteLine($"\n| {set.Key} | {string.Join(" | ", ways)} |\n|---|{string.Concat(ways.Select(_ => "---|"))}");
            foreach (var corruption in set.GroupBy(row => row[6])) Print(corruption.Key, corruption);
            var corrupted = set.Where(row => row[6] != Clean).ToArray();
            Print("mean of all corruptions", corrupted);
            foreach (var severity in corrupted.GroupBy(row => row[7])) Print($"severity {severity.Key}", severity);
        }
        Console.WriteLine("\nAccuracy over folds, seeds and severities, ± the standard error: over the runs, or of fewer than three, of an accuracy on as many images.");

        void Print(string name, IEnumerable<string[]> some) => Console.WriteLine($"| {name} | {string.Join(" | ", ways.Select(way => Cell([.. some.Where(row => row[1] == way)])))} |");

        static string Cell(string[][] some)
        {
            double[] runs = [.. some.GroupBy(row => (row[3], row[4])).Select(run => run.Average(row => double.Parse(row[8], CultureInfo.InvariantCulture)))];
            if (runs.Length == 0) return "";
            int images = some.GroupBy(row => (row[3], row[4])).Sum(run => int.Parse(run.First()[5], CultureInfo.InvariantCulture));
            double mean = runs.Average();
            double error = runs.Length < 3
                ? Math.Sqrt(mean * (1 - mean) / images)
                : Math.Sqrt(runs.Sum(run => (run - mean) * (run - mean)) / (runs.Length - 1) / runs.Length);
            return FormattableString.Invariant($"{mean:0.000} ± {error:0.000}");
        }
    }
}
