using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Engines;

/// <summary>Images, batches, weights and engines of tests that compare an engine with itself.</summary>
internal static class EngineInputs
{
    public const int Height = 48, Width = 40, BatchSize = 5;

    public static float[] Pixels(int count, int height, int width)
    {
        var random = new Random(10);
        var pixels = new float[count * 3 * height * width];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (random.NextSingle() * 4) - 2;
        return pixels;
    }

    /// <summary>The official initial weights moved a little, so that nothing is zero or negligible.</summary>
    public static WeightSet Weights(ConvNeXtConfig config)
    {
        var random = new Random(3);
        var weights = WeightInitializer.Create(config, seed: 3);
        foreach (var tensor in weights.Tensors)
        {
            var values = tensor.Values;
            for (int i = 0; i < values.Length; i++) values[i] += (random.NextSingle() - 0.5f) * 0.3f;
        }

        return weights;
    }

    public static TrainingBatch Batch(ConvNeXtConfig config, int count, float scale = 1)
    {
        var random = new Random(9);
        return new TrainingBatch
        {
            Images = Pixels(count, Height, Width),
            Targets = [.. Enumerable.Range(0, count * config.ClassCount).Select(i => i % (config.ClassCount + 1) == 0 ? 1f : 0f)],
            DropPathDraws = [.. Enumerable.Range(0, count * config.Depths.Sum()).Select(_ => random.NextSingle())],
            Count = count,
            Height = Height,
            Width = Width,
            GradientScale = scale,
        };
    }

    /// <summary>An engine for batches up to <see cref="BatchSize"/>.</summary>
    /// <param name="config">The network.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="planned">Image side that the memory is planned for; null for that of <see cref="Batch"/>.</param>
    public static ManagedTrainingEngine Trainer(ConvNeXtConfig config, int threads, int? planned = null) => new(Settings(config, planned) with { Threads = threads });

    /// <summary>What <see cref="Trainer"/> is made from.</summary>
    public static TrainingEngineSettings Settings(ConvNeXtConfig config, int? planned = null) => new()
    {
        Config = config,
        Weights = Weights(config),
        BatchSize = BatchSize,
        Height = planned ?? Height,
        Width = planned ?? Width,
        Rules = ParameterRules.Create(config, weightDecay: 0.05),
    };
}
