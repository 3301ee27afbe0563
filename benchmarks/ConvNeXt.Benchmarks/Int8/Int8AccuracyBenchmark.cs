using ConvNeXt.Backbone.Engines;
using ConvNeXt.Benchmarks.Transfer;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Evaluation;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Int8;

/// <summary>Classifiers trained with the defaults, each scored on the fold that it was not trained on, in float32 and with 8-bit products.</summary>
internal static class Int8AccuracyBenchmark
{
    public const string Usage = "--images DIR1 DIR2 ... [--folds 5] [--first N] [--seed 1]";

    public static int Run(Arguments arguments)
    {
        string[] folders = arguments.Texts("images", "");
        if (folders is [""]) throw new BenchmarkException("int8 takes --images DIR..., folders with one subfolder of images per class.");
        int folds = arguments.Integer("folds", 5), first = arguments.Integer("first", folds), seed = arguments.Integer("seed", 1);
        Console.WriteLine(
            "| set | fold | images | same class | accuracy | with int8 | log loss | with int8 | mean change of probabilities | lowest dB of a block | in float32 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (string folder in folders)
        {
            var set = new TransferSet(folder);
            for (int fold = 0; fold < first; fold++) Measure(set, folds, fold, seed);
        }

        return 0;
    }

    private static void Measure(TransferSet set, int folds, int fold, int seed)
    {
        var (training, test) = set.Split(folds, seed, fold, perClass: 0);
        var context = new MLContext(seed);
        IDataView view = context.Data.LoadFromEnumerable(training.Select(item => set[item]));
        using ConvNeXtClassificationTransformer exact = context.MulticlassClassification.Trainers.ConvNeXt(new ConvNeXtTrainer.Options()).Fit(view);
        string[] files = [.. test.Select(item => set[item].ImagePath)];

        // Limits that refuse nothing: the table is to show how much changes.
        using ConvNeXtClassificationTransformer rounded = exact.Quantize(
            files, out QuantizationReport report, new QuantizationOptions { LowestAgreement = 0, LargestMeanChange = 1 });
        int[] labels = [.. test.Select(item => exact.LabelNames.ToList().IndexOf(set.Classes[set.LabelOf(item)]))];
        string[] names = [.. exact.LabelNames];
        var before = ClassificationReport.Create(names, [.. exact.PredictFiles(files)], labels);
        var after = ClassificationReport.Create(names, [.. rounded.PredictFiles(files)], labels);
        double lowest = report.Blocks.Min(block => block.Decibels);
        string accuracy = FormattableString.Invariant($"{before.Accuracy:0.0000} | {after.Accuracy:0.0000}");
        string loss = FormattableString.Invariant($"{before.LogLoss:0.0000} | {after.LogLoss:0.0000}");
        string changes = FormattableString.Invariant($"{report.MeanChange:0.0000} | {lowest:0.0} | {report.SingleLayers.Length} of {report.Blocks.Length}");
        Console.WriteLine(FormattableString.Invariant($"| {set.Name} | {fold} | {report.Images} | {report.Agreement:0.0000} | {accuracy} | {loss} | {changes} |"));
    }
}
