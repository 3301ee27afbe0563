using System.Diagnostics;
using System.Globalization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Benchmarks.Ablation;

namespace ConvNeXt.Benchmarks.Transfer;

internal static class TransferLab
{
    public static int Run(Arguments arguments)
    {
        string weightsFile = arguments.Text("weights")!;
        foreach (string folder in arguments.Texts("images", ""))
        {
            var set = DecodedImageSet.Read(folder);
            int[] labels = [.. set.Labels];
            int[] folds = StratifiedFolds.Assign(labels, 5, 1);
            foreach (int fold in arguments.Integers("folds", "0"))
            {
                var train = set.Where(i => folds[i] != fold);
                var test = set.Where(i => folds[i] == fold);
                One(weightsFile, set, train, test, arguments, fold);
            }
        }
        return 0;
    }

    private static double D(Arguments a, string name, double value) => a.Text(name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : value;

    private static void One(string weightsFile, DecodedImageSet set, DecodedImageSet train, DecodedImageSet test, Arguments a, int fold)
    {
        var watch = Stopwatch.StartNew();
        int size = a.Integer("size", 128), steps = a.Integer("steps", 400), batch = a.Integer("batch", 16), seed = a.Integer("seed", 1);
        int classes = set.Classes.Count;
        var config = ConvNeXtArchitectures.Get(ConvNeXtVariant.Atto) with { ClassCount = classes, DropPathRate = (float)D(a, "drop", 0) };
        var all = WeightFile.ReadAll(weightsFile);
        var weights = HeadMapping.Select(all, [.. Enumerable.Repeat(HeadMapping.FreshRow, classes)], WeightInitializer.Create(config, seed, 0.001f));
        var preprocessing = ImagePreprocessing.ForSize(size) with { CropRatio = D(a, "cropratio", 0.875) };
        string init = a.Text("init") ?? "solved";
        string text = "";
        if (init == "solved")
        {
            using var engine = new ManagedScoringEngine(config, weights, new());
            int probeSize = a.Integer("probe-size", size);
            var probing = preprocessing with { Size = probeSize };
            var head = SolvedHead.Fit(Features(engine, train, probing), [.. train.Labels], classes, seed);
            var features = Features(engine, test, probing);
            int[] labels = [.. test.Labels];
            double right = 0;
            for (int i = 0; i < labels.Length; i++)
            {
                var logits = Enumerable.Range(0, classes).Select(c => System.Numerics.Tensors.TensorPrimitives.Dot<float>(features[i], head.Weight.AsSpan(c * features[i].Length, features[i].Length)) + head.Bias[c]).ToArray();
                if (Array.IndexOf(logits, logits.Max()) == labels[i]) right += 1;
            }
            text = FormattableString.Invariant($"probe {right / labels.Length:0.000} (folds {head.Accuracy:0.000}, loss {head.LogLoss:0.00}, L2 {head.Penalty}, {watch.Elapsed.TotalSeconds:0} s) ");
            head.Weight.CopyTo(weights["head.weight"].Values, 0);
            head.Bias.CopyTo(weights["head.bias"].Values, 0);
        }
        if (steps > 0)
        {
            int perEpoch = Math.Max(1, (int)Math.Ceiling(train.Count / (double)batch)), epochs = Math.Max(1, (int)Math.Round(steps / (double)perEpoch));
            double average = D(a, "average", 0);
            var options = new TrainingOptions
            {
                Epochs = epochs, BatchSize = batch, WarmupEpochs = Math.Min(epochs - 1, Math.Max(1, epochs / 10)), LearningRate = D(a, "rate", 5e-4), LayerDecay = D(a, "decay", 1),
                WeightDecay = D(a, "wd", 0.05), LabelSmoothing = D(a, "smooth", 0.1), Preprocessing = preprocessing, Crop = new RandomResizedCrop { MinScale = D(a, "crop", 0.35) },
                AverageDecay = average > 0 ? average : null, WeightSelection = average > 0 ? WeightSelection.Average : WeightSelection.Current,
                RandomErasing = D(a, "erase", 0) > 0 ? new RandomErasing { Probability = D(a, "erase", 0) } : null, ColorJitter = D(a, "jitter", 0) > 0 ? new ColorJitter() : null,
                Mixup = D(a, "mixup", 0) > 0 ? new Mixup { CutMixAlpha = D(a, "cutmix", 0), MixupAlpha = D(a, "mixup", 0) } : null, Seed = seed, EvaluateEveryEpochs = epochs,
            };
            var result = new TrainingSession(config, weights, options, train, test).Run();
            var validation = result.Epochs[^1].Validation!;
            text += FormattableString.Invariant($"tuned {validation.MicroAccuracy:0.000} loss {validation.Loss:0.000} train {result.Epochs[^1].TrainAccuracy:0.00} epochs {epochs}");
            foreach (int other in a.Texts("test-sizes", "0").Select(int.Parse).Where(s => s > 0))
            {
                using var engine = new ManagedScoringEngine(config, result.Weights, new());
                text += FormattableString.Invariant($" @{other} {Accuracy(engine, test, preprocessing with { Size = other }, classes):0.000}");
            }
        }
        Console.WriteLine(FormattableString.Invariant($"{set.Name} fold {fold}: {text} {watch.Elapsed.TotalSeconds:0} s"));
    }

    private static double Accuracy(ManagedScoringEngine engine, DecodedImageSet set, ImagePreprocessing p, int classes)
    {
        float[] pixels = new float[p.Length], logits = new float[classes];
        double right = 0;
        for (int i = 0; i < set.Count; i++)
        {
            p.Apply(set.Load(i), pixels);
            engine.Score(pixels, 1, p.Size, p.Size, logits);
            if (Array.IndexOf(logits, logits.Max()) == set.LabelOf(i)) right++;
        }
        return right / set.Count;
    }

    private static float[][] Features(ManagedScoringEngine engine, DecodedImageSet set, ImagePreprocessing p)
    {
        float[] pixels = new float[p.Length];
        return [.. Enumerable.Range(0, set.Count).Select(i =>
        {
            p.Apply(set.Load(i), pixels);
            float[] f = new float[engine.FeatureCount];
            engine.Featurize(pixels, 1, p.Size, p.Size, f);
            return f;
        })];
    }
}
