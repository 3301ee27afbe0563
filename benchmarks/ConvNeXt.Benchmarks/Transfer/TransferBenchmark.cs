using System.Globalization;
using ConvNeXt.Benchmarks.Ablation;

namespace ConvNeXt.Benchmarks.Transfer;

/// <summary>
/// How good a classifier gets from few pictures and without a download: folds of sets of labeled pictures, official ML.NET with its ResNet18 package beside the
/// ways of this library. Runs are kept in a file, so that a run that was interrupted is continued, and later ones add to it.
/// </summary>
internal static class TransferBenchmark
{
    private const string Header = "set,way,per_class,folds,seed,fold,training,test,accuracy,balanced,log_loss,calibration_error,seconds";

    public static int Run(Arguments arguments)
    {
        string[] folders = arguments.Texts("images", "");
        if (folders is [""]) throw new BenchmarkException("transfer takes --images DIR..., folders with one subfolder of images per class.");
        int folds = arguments.Integer("folds", 5);
        int[] seeds = arguments.Integers("seeds", "1,2,3"), counts = arguments.Integers("counts", "0");
        RecipeVariant[] variants = [.. (arguments.Text("variants")?.Split(',') ?? []).Select(RecipeVariant.Parse)];
        int[] measured = arguments.Folds(folds);
        var done = new RunFile(arguments.Text("runs") ?? "transfer.csv", Header);
        var predictions = new TransferPredictions(done.Path);
        foreach (string folder in folders)
        {
            var set = new TransferSet(folder);
            var all = TransferWay.For(set, variants);
            string[] names = [.. all.Select(way => way.Name)], wanted = arguments.Texts("ways", string.Join(',', names));
            if (wanted.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
                throw new BenchmarkException($"--ways: there is no '{unknown}'; the ways are {string.Join(", ", names)}.");
            var ways = all.Where(way => wanted.Contains(way.Name)).ToArray();
            foreach (var (count, seed, fold, way) in
                     from count in counts from seed in seeds from fold in measured from way in ways select (count, seed, fold, way))
            {
                string key = FormattableString.Invariant($"{set.Name},{way.Name},{count},{folds},{seed},{fold},");
                if (done.Has(key)) continue;
                var (training, test) = set.Split(folds, seed, fold, count);
                var (probabilities, seconds) = way.Train(training, test, seed);
                int[] labels = [.. test.Select(set.LabelOf)];
                predictions.Add(key, probabilities, labels);
                var score = TransferScore.Of(probabilities, labels);
                string line = FormattableString.Invariant(
                    $"{key}{training.Length},{test.Length},{score.Accuracy:0.0000},{score.BalancedAccuracy:0.0000},{score.LogLoss:0.0000},{score.CalibrationError:0.0000},{seconds:0.0}");
                done.Add(line);
                Console.WriteLine(line);
            }
        }
        Print(done.Lines);
        predictions.PrintCalibration();
        return 0;
    }

    private static void Print(IReadOnlyList<string> lines)
    {
        Console.WriteLine("\n| set | pictures a class | way | accuracy | balanced accuracy | log loss | calibration error | seconds | runs |\n|---|---|---|---|---|---|---|---|---|");
        foreach (var group in lines.Select(line => line.Split(',')).GroupBy(words => (Set: words[0], Way: words[1], Count: words[2])))
        {
            string[][] runs = [.. group];
            string count = group.Key.Count == "0" ? "all" : group.Key.Count;
            Console.WriteLine(FormattableString.Invariant(
                $"| {group.Key.Set} | {count} | {group.Key.Way} | {Cell(8)} | {Cell(9)} | {Cell(10)} | {Cell(11)} | {Median(12):0.0} | {runs.Length} |"));

            double[] Values(int column) => [.. runs.Select(words => double.Parse(words[column], CultureInfo.InvariantCulture))];

            string Cell(int column)
            {
                double[] values = Values(column);
                return FormattableString.Invariant($"{values.Average():0.000} +- {Summary.Deviation(values) / Math.Sqrt(values.Length):0.000}");
            }

            double Median(int column)
            {
                double[] values = [.. Values(column).Order()];
                return values[values.Length / 2];
            }
        }
        Console.WriteLine("\nMeans over folds and seeds, +- their standard errors; the median of the seconds that training took.");
    }
}
