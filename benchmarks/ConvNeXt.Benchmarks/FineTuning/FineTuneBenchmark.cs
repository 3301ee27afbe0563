using System.Diagnostics;
using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Benchmarks.Ablation;

namespace ConvNeXt.Benchmarks.FineTuning;

/// <summary>
/// Whether weights of other classes help with few images: a network is trained on all classes of two sets but two of the first; then each way of <see cref="FineTuneCases"/>
/// makes a classifier of those two out of 5, 10, ... images of each, and is measured on a part that was held out. Over neighbouring pairs of classes, seeds and folds.
/// </summary>
internal sealed class FineTuneBenchmark
{
    private readonly PictureSet _first;
    private readonly PictureSet _second;
    private readonly int[] _counts;
    private readonly int _folds;
    private readonly int _seeds;
    private readonly int _jobs;

    private FineTuneBenchmark(PictureSet first, PictureSet second, Arguments arguments)
    {
        (_first, _second) = (first, second);
        _counts = arguments.Integers("counts", "5,10,20");
        _folds = arguments.Integer("folds", 3);
        _seeds = arguments.Integer("seeds", 3);
        _jobs = arguments.Integer("jobs", Environment.ProcessorCount);
    }

    public static int Run(Arguments arguments)
    {
        string[] folders = arguments.Text("images")?.Split(',') ?? [];
        if (folders.Length != 2)
        {
            Console.WriteLine("finetune: --images takes two folders of class folders: --images DIR1 DIR2. Of the first two classes are left out in turn.");
            return 1;
        }
        new FineTuneBenchmark(PictureSet.Read(folders[0]), PictureSet.Read(folders[1]), arguments).Run();
        return 0;
    }

    private void Run()
    {
        var watch = Stopwatch.StartNew();
        int classes = _first.Classes.Count;
        (int Pair, int Seed)[] runs = [.. from seed in Enumerable.Range(1, _seeds) from pair in Enumerable.Range(0, classes) select (pair, seed)];
        Console.WriteLine($"{_first.Fingerprint}; {_second.Fingerprint}\n{classes} pairs of classes left out, {_seeds} seeds, {_folds} folds, {_jobs} runs at a time");
        // [run][case][count]: mean over the folds.
        var accuracies = new double[runs.Length][][];
        Parallel.For(0, runs.Length, new ParallelOptions { MaxDegreeOfParallelism = _jobs }, at =>
        {
            int[] pair = [runs[at].Pair, (runs[at].Pair + 1) % classes];
            accuracies[at] = Measure(pair, runs[at].Seed, out double pretrained);
            string without = $"{_first.Classes[pair[0]]} and {_first.Classes[pair[1]]}";
            Console.WriteLine($"[{watch.Elapsed:h\\:mm\\:ss}] without {without}, seed {runs[at].Seed}: training accuracy of the others {pretrained:0.00}");
        });
        Print(accuracies);
        Console.WriteLine($"{watch.Elapsed.TotalMinutes:0.0} minutes");
    }

    private double[][] Measure(int[] pair, int seed, out double pretrainedAccuracy)
    {
        int[] kept = [.. Enumerable.Range(0, _first.Classes.Count).Except(pair)];
        var others = new RelabeledPictures(
        [
            .. RelabeledPictures.OfClasses(_first, kept),
            .. RelabeledPictures.OfClasses(_second, [.. Enumerable.Range(0, _second.Classes.Count)], kept.Length),
        ]);
        ConvNeXtConfig network = FineTuneCases.Network with { ClassCount = kept.Length + _second.Classes.Count };
        TrainingResult pretrained = new TrainingSession(network, null, OneThread(FineTuneCases.Pretraining, seed), others).Run();
        pretrainedAccuracy = pretrained.Epochs[^1].TrainAccuracy;

        var pictures = new RelabeledPictures([.. RelabeledPictures.OfClasses(_first, pair)]);
        return [.. FineTuneCases.All.Select(way => _counts.Select(count => Measure(way, pretrained, pictures, count, seed)).ToArray())];
    }

    private double Measure(FineTuneCase way, TrainingResult pretrained, RelabeledPictures pictures, int count, int seed)
    {
        int[] labels = [.. pictures.Labels], folds = StratifiedFolds.Assign(labels, _folds, seed);
        ConvNeXtConfig network = FineTuneCases.Network with { ClassCount = 2 };
        TrainingOptions options = OneThread(way.Options, seed);
        if (way.IsPretrained) options = options with { Preprocessing = pretrained.Preprocessing, NormalizeByTrainingSet = false };
        double sum = 0;
        for (int fold = 0; fold < _folds; fold++)
        {
            var others = Enumerable.Range(0, labels.Length).Where(item => folds[item] != fold);
            int[] training = [.. others.GroupBy(item => labels[item]).SelectMany(group => Pick([.. group], count, seed, fold))];
            WeightSet? weights = !way.IsPretrained
                ? null
                : HeadMapping.Select(pretrained.Weights, [HeadMapping.FreshRow, HeadMapping.FreshRow], WeightInitializer.Create(network, seed, headScale: 0.001f));
            TrainingResult result = new TrainingSession(
                network, weights, options, pictures.Take(training), pictures.Take(Enumerable.Range(0, labels.Length).Where(item => folds[item] == fold))).Run();
            sum += result.Epochs[^1].Validation!.MicroAccuracy;
        }
        return sum / _folds;
    }

    private static IEnumerable<int> Pick(int[] items, int count, int seed, int fold)
    {
        new Random((1000 * seed) + fold).Shuffle(items);
        return items.Length >= count ? items.Take(count) : throw new ArgumentException($"A class has {items.Length} pictures beside those held out; {count} are asked for.");
    }

    // Measured once, after the last epoch: nothing is chosen by what is held out.
    private static TrainingOptions OneThread(TrainingOptions options, int seed) =>
        options with { Seed = seed, LoaderThreads = 1, ComputeThreads = 1, EvaluateEveryEpochs = options.Epochs };

    private void Print(double[][][] accuracies)
    {
        Console.WriteLine($"\n| images of each class | {string.Join(" | ", _counts)} |\n|---|{string.Concat(_counts.Select(_ => "---|"))}");
        for (int way = 0; way < FineTuneCases.All.Count; way++)
        {
            int row = way;
            var cells = _counts.Select((_, count) => Cell([.. accuracies.Select(run => run[row][count])], [.. accuracies.Select(run => run[0][count])], row));
            Console.WriteLine($"| {FineTuneCases.All[way].Name} | {string.Join(" | ", cells)} |");
        }
        Console.WriteLine($"\nMean accuracy on what was held out, +- its standard error over {accuracies.Length} pairs and seeds;");
        Console.WriteLine("in brackets the mean difference from the first line, +- its own.");
    }

    private static string Cell(double[] values, double[] first, int row)
    {
        string text = MeanAndError(values, "0.000");
        return row == 0 ? text : $"{text} ({MeanAndError([.. values.Zip(first, (value, other) => value - other)], "+0.000;-0.000")})";
    }

    private static string MeanAndError(double[] values, string format)
    {
        double mean = values.Average(), squares = values.Sum(value => (value - mean) * (value - mean));
        double error = values.Length < 2 ? 0 : Math.Sqrt(squares / (values.Length - 1) / values.Length);
        return string.Create(CultureInfo.InvariantCulture, $"{mean.ToString(format, CultureInfo.InvariantCulture)} +- {error:0.000}");
    }
}
