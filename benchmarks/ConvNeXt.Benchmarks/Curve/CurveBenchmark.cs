using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;
using TorchSharp;

namespace ConvNeXt.Benchmarks.Curve;

/// <summary>
/// The same small network trained by this engine and by libtorch: with the same initial weights, batches, soft targets and drop-path draws. Schedule,
/// layer-wise decay, AdamW and the moving average of the weights are each side's own code.
/// </summary>
internal static class CurveBenchmark
{
    private const int PrintEverySteps = 20;
    private const double LossTolerance = 1e-5, WeightTolerance = 1e-3;

    /// <summary>Runs the comparison.</summary>
    /// <returns>The exit code: 1 if the runs differ.</returns>
    public static int Run(Arguments arguments)
    {
        var settings = new CurveSettings();
        int steps = arguments.Integer("steps", 200);
        if (steps <= settings.WarmupSteps)
            throw new BenchmarkException($"--steps {steps}: the warmup has {settings.WarmupSteps} steps, the run must have more.");
        using var check = new BenchmarkChecks(
            $"A small ConvNeXt trained for {steps} steps by this engine and by libtorch: batches of {settings.Batch}, "
            + "RandAugment, erasing, Mixup and CutMix, label smoothing, drop path, layer decay, EMA");
        var source = new FolderImageSource(arguments.Text("images") ?? NoiseImageFolder.Create());
        var config = new ConvNeXtConfig
        {
            Name = "small",
            Depths = [2, 2, 6, 2],
            Widths = [16, 32, 64, 128],
            ClassCount = source.ClassCount,
            LayerScaleInit = 0.1f, // with 1e-6 the blocks would hardly influence the losses
            DropPathRate = 0.2f,
        };
        WeightSet initial = WeightInitializer.Create(config, seed: 1);
        TrainingBatch[] batches = [.. RecordedBatches.Create(config, source, settings.Batch, settings.Size, steps, seed: 1)];
        CurveRun ours = Train(config, initial, batches, settings);
        CurveRun theirs = TorchCurve.Train(config, initial, batches, settings);
        Console.WriteLine($"libtorch {torch.__version__}");

        CompareLosses(check, ours.Losses, theirs.Losses);
        Compare(check, "final weights", ours.Weights, theirs.Weights, initial);
        Compare(check, "moving average (EMA)", ours.Average, theirs.Average, initial);

        // Proves that the comparison notices a difference.
        CheckControl(check, "without drop path", Train(config with { DropPathRate = 0 }, initial, batches, settings), theirs);
        CheckControl(check, "without layer decay", Train(config, initial, batches, settings with { LayerDecay = 1 }), theirs);
        return check.Finish();
    }

    private static CurveRun Train(ConvNeXtConfig config, WeightSet initial, TrainingBatch[] batches, CurveSettings settings)
    {
        var schedule = new CosineSchedule(settings.LearningRate, settings.MinLearningRate, batches.Length, settings.WarmupSteps);
        using ITrainingEngine engine = new ManagedTrainingEngine(new TrainingEngineSettings
        {
            Config = config,
            Weights = initial,
            BatchSize = settings.Batch,
            Height = settings.Size,
            Width = settings.Size,
            Rules = ParameterRules.Create(config, settings.WeightDecay, settings.LayerDecay),
            AverageDecay = settings.AverageDecay,
        });
        var losses = new double[batches.Length];
        for (int step = 0; step < batches.Length; step++)
        {
            losses[step] = engine.AccumulateGradients(batches[step]);
            engine.ApplyGradients(new OptimizerStep(schedule[step]));
        }
        return new CurveRun(losses, Values(engine.ExportWeights()), Values(engine.ExportWeights(average: true)));

        static Dictionary<string, float[]> Values(WeightSet weights) => weights.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Values);
    }

    private static void CompareLosses(BenchmarkChecks check, double[] ours, double[] theirs)
    {
        double[] differences = RelativeDifferences(ours, theirs);
        for (int step = 0; step < ours.Length; step++)
        {
            if (step % PrintEverySteps != 0 && step != ours.Length - 1) continue;
            double largest = differences[..(step + 1)].Max();
            Console.WriteLine($"step {step + 1,4}  loss {ours[step]:0.000000} here, {theirs[step]:0.000000} in libtorch, "
                + $"largest relative difference so far {largest:0.0e+0}");
        }
        bool follows = differences.All(difference => difference <= LossTolerance);
        check.Report($"losses of all {ours.Length} steps within {LossTolerance:0e+0}: {differences.Max():0.0e+0}", follows);
    }

    private static void CheckControl(BenchmarkChecks check, string what, CurveRun run, CurveRun theirs)
    {
        double largest = RelativeDifferences(run.Losses, theirs.Losses).Max();
        check.Report($"control: {what} here, losses differ by up to {largest:0.0e+0}, which would fail", largest > LossTolerance);
    }

    private static double[] RelativeDifferences(double[] ours, double[] theirs) => [.. ours.Zip(theirs, (a, b) => Math.Abs(a - b) / Math.Abs(b))];

    /// <summary>Relative to the distance that training has moved each tensor: relative to the weights themselves, even different runs are close.</summary>
    private static void Compare(
        BenchmarkChecks check, string what, IReadOnlyDictionary<string, float[]> ours, IReadOnlyDictionary<string, float[]> theirs, WeightSet initial)
    {
        double largest = 0, sum = 0, movedSum = 0;
        string worst = "";
        foreach ((string name, float[] values) in ours)
        {
            double difference = SquaredDistance(values, theirs[name]), moved = SquaredDistance(initial[name].Values, theirs[name]);
            (sum, movedSum) = (sum + difference, movedSum + moved);
            double relativeOfTensor = Math.Sqrt(difference / moved);
            if (!(relativeOfTensor <= largest)) (largest, worst) = (relativeOfTensor, name); // also for NaN
        }
        double relative = Math.Sqrt(sum / movedSum);
        check.Report(
            $"{what} within {WeightTolerance:0e+0} of the distance that training moved them: {relative:0.0e+0}, the worst tensor {largest:0.0e+0} ({worst})",
            ours.Count == theirs.Count && relative <= WeightTolerance && largest <= WeightTolerance);
    }

    private static double SquaredDistance(float[] first, float[] second)
    {
        double sum = 0;
        for (int i = 0; i < first.Length; i++) sum += ((double)first[i] - second[i]) * ((double)first[i] - second[i]);
        return sum;
    }
}
