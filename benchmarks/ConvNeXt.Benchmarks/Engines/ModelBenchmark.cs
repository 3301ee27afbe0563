using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Benchmarks.Engines;

/// <summary>Scoring passes and training steps of whole networks with random weights.</summary>
internal static class ModelBenchmark
{
    public static int Score(Arguments arguments)
    {
        var config = ConvNeXtArchitectures.Get(arguments.Variant("tiny"));
        int size = arguments.Integer("size", 224);
        double macs = NetworkCost.MultiplyAccumulates(config, size, size);
        using var engine = new ManagedScoringEngine(config, WeightInitializer.Create(config, seed: 1), new EngineOptions
        {
            ThreadCount = arguments.Threads,
            Precision = arguments.Text("precision") == "int8" ? ComputePrecision.Int8 : ComputePrecision.Single,
        });
        foreach (int batch in arguments.Integers("batch", "16,1"))
        {
            var images = Pixels(batch, size);
            var logits = new float[batch * config.ClassCount];
            double seconds = Repetition.MedianSeconds(() => engine.Score(images, batch, size, size, logits), arguments.Integer("seconds", 5));
            Console.WriteLine($"{config.Name} {size}, batch {batch}, {Threads(arguments)} thread(s): {batch / seconds:F1} images/s, "
                + $"{2 * macs * batch / seconds / 1e9:F0} GFLOP/s, {engine.WorkspaceBytes >> 20} MiB");
        }
        return 0;
    }

    public static int Train(Arguments arguments)
    {
        var config = ConvNeXtArchitectures.Get(arguments.Variant("atto")) with { ClassCount = 10 };
        int size = arguments.Integer("size", 96), batch = arguments.Integer("batch", 16);
        var settings = new TrainingEngineSettings
        {
            Config = config,
            Weights = WeightInitializer.Create(config, seed: 1),
            BatchSize = batch,
            Height = size,
            Width = size,
            Threads = arguments.Threads ?? 0,
            ActivationCheckpointing = arguments.Text("checkpointing") == "yes",
            Rules = ParameterRules.Create(config, weightDecay: 0.05),
        };
        using var engine = new ManagedTrainingEngine(settings);
        var targets = new float[batch * config.ClassCount];
        for (int n = 0; n < batch; n++) targets[(n * config.ClassCount) + (n % config.ClassCount)] = 1;
        var data = new TrainingBatch { Images = Pixels(batch, size), Targets = targets, Count = batch, Height = size, Width = size };
        double gradients = Repetition.MedianSeconds(() => engine.AccumulateGradients(data), arguments.Integer("seconds", 5));
        double step = Repetition.MedianSeconds(() => engine.ApplyGradients(new OptimizerStep(1e-4)), 1);
        double macs = NetworkCost.MultiplyAccumulates(config, size, size);
        Console.WriteLine(
            $"{config.Name} {size}, batch {batch}, {Threads(arguments)} thread(s): {batch / (gradients + step):F0} images/s; "
            + $"forward and backward {gradients * 1e3:F1} ms ({6 * macs * batch / gradients / 1e9:F0} GFLOP/s), AdamW {step * 1e3:F2} ms, "
            + $"{engine.WorkspaceBytes >> 20} MiB");
        return 0;
    }

    private static int Threads(Arguments arguments) => arguments.Threads ?? Environment.ProcessorCount;

    private static float[] Pixels(int batch, int size)
    {
        var random = new Random(1);
        var pixels = new float[3L * batch * size * size];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = random.NextSingle() - 0.5f;
        return pixels;
    }
}
