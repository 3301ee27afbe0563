using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Benchmarks.Ablation;

namespace ConvNeXt.Benchmarks.FineTuning;

/// <summary>
/// Whether weights that were trained on other classes help with few images: a network is trained on all classes of two sets except for two classes of the
/// first set; then each method of <see cref="FineTuneCases"/> trains a classifier of those two from 5, 10, ... images of each, and is measured on held-out
/// images. Over adjacent pairs of classes, seeds and folds.
/// </summary>
internal sealed class FineTuneBenchmark
{
    private readonly DecodedImageSet _first;
    private readonly DecodedImageSet _second;
    private readonly int[] _counts;
    private readonly int _folds;
    private readonly int _seeds;
    private readonly int _jobs;

    private FineTuneBenchmark(DecodedImageSet first, DecodedImageSet second, Arguments arguments)
    {
        (_first, _second) = (first, second);
        _counts = arguments.Integers("counts", "5,10,20");
        _folds = arguments.Integer("folds", 3);
        _seeds = arguments.Integer("seeds", 3);
        _jobs = arguments.Integer("jobs", Environment.ProcessorCount);
    }

    public static int Run(Arguments arguments)
    {
        if (arguments.Texts("images", "") is not [var first, var second])
            throw new BenchmarkException("finetune takes --images DIR1 DIR2, two folders with one subfolder of images per class.");
        new FineTuneBenchmark(DecodedImageSet.Read(first), DecodedImageSet.Read(second), arguments).Run();
        return 0;
    }

    private void Run()
    {
        var watch = Stopwatch.StartNew();
        int classes = _first.Classes.Count;
        (int Pair, int Seed)[] runs = [.. from seed in Enumerable.Range(1, _seeds) from pair in Enumerable.Range(0, classes) select (pair, seed)];
        Console.WriteLine($"{_first.Fingerprint}; {_second.Fingerprint}");
        Console.WriteLine($"{classes} pairs of classes left out, {_seeds} seeds, {_folds} folds, {_jobs} runs at a time");
        // [run][method][count], means over the folds.
        var accuracies = new double[runs.Length][][];
        Parallel.For(0, runs.Length, new ParallelOptions { MaxDegreeOfParallelism = _jobs }, at =>
        {
            int[] pair = [runs[at].Pair, (runs[at].Pair + 1) % classes];
            accuracies[at] = Measure(pair, runs[at].Seed, out double pretrained);
            string leftOut = $"{_first.Classes[pair[0]]} and {_first.Classes[pair[1]]}";
            Console.WriteLine($"[{watch.Elapsed:h\\:mm\\:ss}] without {leftOut}, seed {runs[at].Seed}: training accuracy on the rest {pretrained:0.00}");
        });
        Print(accuracies);
        Console.WriteLine($"{watch.Elapsed.TotalMinutes:0.0} minutes");
    }

    private double[][] Measure(int[] pair, int seed, out double pretrainedAccuracy)
    {
        int[] kept = [.. Enumerable.Range(0, _first.Classes.Count).Except(pair)];
        var others = new RelabeledImages(
        [
            .. RelabeledImages.OfClasses(_first, kept),
            .. RelabeledImages.OfClasses(_second, [.. Enumerable.Range(0, _second.Classes.Count)], kept.Length),
        ]);
        ConvNeXtConfig network = FineTuneCases.Network with { ClassCount = kept.Length + _second.Classes.Count };
        TrainingResult pretrained = new TrainingSession(network, null, OneThread(FineTuneCases.Pretraining, seed), others).Run();
        pretrainedAccuracy = pretrained.Epochs[^1].TrainAccuracy;

        var images = new RelabeledImages([.. RelabeledImages.OfClasses(_first, pair)]);
        return [.. FineTuneCases.All.Select(method => _counts.Select(count => Measure(method, pretrained, images, count, seed)).ToArray())];
    }

    private double Measure(FineTuneCase method, TrainingResult pretrained, RelabeledImages images, int count, int seed)
    {
        int[] labels = [.. images.Labels], folds = StratifiedFolds.Assign(labels, _folds, seed);
        ConvNeXtConfig network = FineTuneCases.Network with { ClassCount = 2 };
        TrainingOptions options = OneThread(method.Options, seed);
        if (method.IsPretrained) options = options with { Preprocessing = pretrained.Preprocessing, NormalizeByTrainingSet = false };
        int[] newHead = [HeadMapping.FreshRow, HeadMapping.FreshRow];
        double sum = 0;
        for (int fold = 0; fold < _folds; fold++)
        {
            var others = Enumerable.Range(0, labels.Length).Where(item => folds[item] != fold);
            int[] training = [.. others.GroupBy(item => labels[item]).SelectMany(group => Pick([.. group], count, seed, fold))];
            WeightSet? weights = method.IsPretrained
                ? HeadMapping.Select(pretrained.Weights, newHead, WeightInitializer.Create(network, seed, headScale: 0.001f))
                : null;
            TrainingResult result = new TrainingSession(
                network, weights, options, images.Take(training), images.Take(Enumerable.Range(0, labels.Length).Where(item => folds[item] == fold))).Run();
            sum += result.Epochs[^1].Validation!.MicroAccuracy;
        }
        return sum / _folds;
    }

    private static IEnumerable<int> Pick(int[] items, int count, int seed, int fold)
    {
        new Random((1000 * seed) + fold).Shuffle(items);
        return items.Length >= count
            ? items.Take(count)
            : throw new BenchmarkException($"A class has {items.Length} images that are not held out; --counts asks for {count}.");
    }

    // Evaluated only after the last epoch, so held-out images choose nothing.
    private static TrainingOptions OneThread(TrainingOptions options, int seed) =>
        options with { Seed = seed, LoaderThreads = 1, ComputeThreads = 1, EvaluateEveryEpochs = options.Epochs };

    private void Print(double[][][] accuracies)
    {
        Console.WriteLine($"\n| images of each class | {string.Join(" | ", _counts)} |\n|---|{string.Concat(_counts.Select(_ => "---|"))}");
        for (int method = 0; method < FineTuneCases.All.Count; method++)
        {
            int row = method;
            var cells = _counts.Select((_, count) => Cell([.. accuracies.Select(run => run[row][count])], [.. accuracies.Select(run => run[0][count])], row));
            Console.WriteLine($"| {FineTuneCases.All[method].Name} | {string.Join(" | ", cells)} |");
        }
        Console.WriteLine($"\nMean accuracy on held-out images, +- its standard error over {accuracies.Length} pairs and seeds;");
        Console.WriteLine("in parentheses the mean difference from the first row, +- its standard error.");
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
        return $"{mean.ToString(format)} +- {error:0.000}";
    }
}
