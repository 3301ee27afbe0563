using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// The same small network trained here and by PyTorch: the same initial weights, batches, soft targets and drop-path draws; schedule, layer-wise decay, AdamW and the
/// average of the weights each by its own code.
/// </summary>
internal static class CurveBenchmark
{
    private const int Batch = 16, Size = 64, WarmupSteps = 20, Printed = 20;
    private const double LearningRate = 4e-3, MinLearningRate = 1e-6, WeightDecay = 0.05, LayerDecay = 0.8, AverageDecay = 0.98;
    private const double LossWanted = 1e-3, WeightsWanted = 1e-3;

    /// <summary>Runs the comparison.</summary>
    /// <param name="pictures">A folder of class folders.</param>
    /// <param name="steps">Optimizer steps.</param>
    /// <param name="python">The interpreter that has PyTorch.</param>
    public static int Compare(string pictures, int steps, string python)
    {
        using var check = new PeerCheck(
            $"A small ConvNeXt trained for {steps} steps here and by PyTorch: batches of {Batch} with RandAugment, erasing, Mixup and CutMix; "
            + "label smoothing, drop path, layer decay, EMA");
        string script = PeerCheck.PeerFolder("pytorch");
        try
        {
            Console.WriteLine(PeerCheck.Run(python, script, "curve.py", "version"));
        }
        catch (PeerException error)
        {
            throw new PeerException($"This comparison needs Python with PyTorch, on Debian: apt-get install python3-torch. {error.Message}", error);
        }

        var source = new PictureSource(pictures);
        var config = new ConvNeXtConfig
        {
            Name = "small",
            Depths = [2, 2, 6, 2],
            Widths = [16, 32, 64, 128],
            ClassCount = source.ClassCount,
            LayerScaleInit = 0.1f, // with 1e-6 the blocks would hardly show in the losses
            DropPathRate = 0.2f,
        };
        WeightSet initial = WeightInitializer.Create(config, seed: 1);
        TrainingBatch[] batches = [.. RecordedBatches.Create(config, source, Batch, Size, steps, seed: 1)];
        WriteSetup(check, config, initial, batches);
        (double[] ours, WeightSet weights, WeightSet average) = Train(config, initial, batches, LayerDecay);
        PeerCheck.Run(python, script, "curve.py", "train", check.TemporaryFile(""));

        double[] theirs = MemoryMarshal.Cast<byte, double>(File.ReadAllBytes(check.TemporaryFile("losses.f64"))).ToArray();
        double[] differences = RelativeDifferences(ours, theirs);
        for (int step = 0; step < steps; step++)
        {
            if (step % Printed != 0 && step != steps - 1) continue;
            double largest = differences[..(step + 1)].Max();
            Print($"step {step + 1,4}  loss {ours[step]:0.000000} here, {theirs[step]:0.000000} there, largest relative difference so far {largest:0.0e+0}");
        }
        bool follows = differences.Length == steps && differences.All(difference => difference <= LossWanted);
        check.Report($"losses of all {steps} steps within {LossWanted:0e+0}: {differences.Max():0.0e+0}", follows);
        Compare(check, "final weights", weights, initial, check.TemporaryFile("weights.f32"));
        Compare(check, "their average (EMA)", average, initial, check.TemporaryFile("average.f32"));

        // A comparison that passes whatever is compared would show nothing.
        CheckThatItShows(check, "without drop path", Train(config with { DropPathRate = 0 }, initial, batches, LayerDecay).Losses, theirs);
        CheckThatItShows(check, "without layer decay", Train(config, initial, batches, layerDecay: 1).Losses, theirs);
        return check.Finish();
    }

    private static void CheckThatItShows(PeerCheck check, string what, double[] losses, double[] theirs)
    {
        double largest = RelativeDifferences(losses, theirs).Max();
        check.Report($"control: {what} the losses differ by up to {largest:0.0e+0}, which would not pass", largest > LossWanted);
    }

    private static double[] RelativeDifferences(double[] ours, double[] theirs) => [.. ours.Zip(theirs, (a, b) => Math.Abs(a - b) / Math.Abs(b))];

    private static (double[] Losses, WeightSet Weights, WeightSet Average) Train(ConvNeXtConfig config, WeightSet initial, TrainingBatch[] batches, double layerDecay)
    {
        var schedule = new CosineSchedule(LearningRate, MinLearningRate, batches.Length, WarmupSteps);
        using ITrainingEngine engine = new ManagedTrainingEngine(new TrainingEngineSettings
        {
            Config = config,
            Weights = initial,
            BatchSize = Batch,
            Height = Size,
            Width = Size,
            Rules = ParameterRules.Create(config, WeightDecay, layerDecay),
            AverageDecay = AverageDecay,
        });
        var losses = new double[batches.Length];
        for (int step = 0; step < batches.Length; step++)
        {
            losses[step] = engine.AccumulateGradients(batches[step]);
            engine.ApplyGradients(new OptimizerStep(schedule[step]));
        }
        return (losses, engine.ExportWeights(), engine.ExportWeights(average: true));
    }

    private static void WriteSetup(PeerCheck check, ConvNeXtConfig config, WeightSet initial, TrainingBatch[] batches)
    {
        var setup = new
        {
            depths = config.Depths,
            widths = config.Widths,
            classes = config.ClassCount,
            drop_path = config.DropPathRate,
            batch = Batch,
            size = Size,
            steps = batches.Length,
            warmup_steps = WarmupSteps,
            learning_rate = LearningRate,
            min_learning_rate = MinLearningRate,
            weight_decay = WeightDecay,
            layer_decay = LayerDecay,
            average_decay = AverageDecay,
            parameters = initial.Tensors.Select(tensor => new { name = tensor.Name, shape = tensor.Shape }),
        };
        File.WriteAllText(check.TemporaryFile("setup.json"), JsonSerializer.Serialize(setup));
        Write("initial.f32", initial.Tensors.Select(tensor => tensor.Values));
        Write("images.f32", batches.Select(batch => batch.Images));
        Write("targets.f32", batches.Select(batch => batch.Targets));
        Write("draws.f32", batches.Select(batch => batch.DropPathDraws!));

        void Write(string name, IEnumerable<float[]> arrays)
        {
            using FileStream stream = File.Create(check.TemporaryFile(name));
            foreach (float[] values in arrays) stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    /// <summary>Relative to how far the training has moved each tensor: a difference of the weights themselves would be small even for another run.</summary>
    private static void Compare(PeerCheck check, string what, WeightSet ours, WeightSet initial, string file)
    {
        ReadOnlySpan<float> theirs = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file));
        double largest = 0, sum = 0, moved = 0;
        string worst = "";
        foreach (WeightTensor tensor in ours.Tensors)
        {
            ReadOnlySpan<float> there = theirs[..tensor.Values.Length];
            theirs = theirs[tensor.Values.Length..];
            double difference = SquaredDistance(tensor.Values, there), way = SquaredDistance(initial[tensor.Name].Values, there);
            (sum, moved) = (sum + difference, moved + way);
            double relativeHere = Math.Sqrt(difference / way);
            if (relativeHere > largest) (largest, worst) = (relativeHere, tensor.Name);
        }
        double relative = Math.Sqrt(sum / moved);
        check.Report(
            $"{what} within {WeightsWanted:0e+0} of the way that training has moved them: {relative:0.0e+0}, the worst tensor {largest:0.0e+0} ({worst})",
            theirs.IsEmpty && relative <= WeightsWanted && largest <= WeightsWanted);
    }

    private static double SquaredDistance(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        double sum = 0;
        for (int i = 0; i < first.Length; i++) sum += ((double)first[i] - second[i]) * ((double)first[i] - second[i]);
        return sum;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
