using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Backbone.Training.Optimization;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests;

/// <summary>The same training in the managed and in the TorchSharp engine.</summary>
internal static class EnginePair
{
    public static readonly OptimizerStep Step = new(1e-3);

    /// <summary>A small network of some kind.</summary>
    public static ConvNeXtConfig RandomConfig(int seed)
    {
        var random = new Random(seed);
        bool isotropic = random.Next(4) == 0;
        int stages = isotropic ? 1 : 4;
        return new ConvNeXtConfig
        {
            Name = $"random {seed}",
            Depths = [.. Enumerable.Range(0, stages).Select(_ => random.Next(1, 3))],
            Widths = [.. Enumerable.Range(1, stages).Select(stage => stage * random.Next(3, 9))],
            ClassCount = random.Next(2, 8),
            LayerScaleInit = random.Next(2) == 0 ? null : 0.5f,
            GlobalResponseNorm = random.Next(2) == 0,
            DropPathRate = 0.4f * random.NextSingle(),
            OverlappingStemWidth = !isotropic && random.Next(3) == 0 ? 5 : null,
            NormBeforePooling = random.Next(3) == 0,
            HeadHiddenWidth = random.Next(3) == 0 ? 11 : null,
            NormEpsilon = 1e-5f,
        };
    }

    /// <summary>Settings with layer decay, weight decay and average.</summary>
    public static TrainingEngineSettings Settings(ConvNeXtConfig config) => EngineInputs.Settings(config) with
    {
        Rules = ParameterRules.Create(config, weightDecay: 0.05, layerDecay: 0.8, LayerDecayRule.Single),
        AverageDecay = 0.9,
    };

    /// <summary>A TorchSharp engine without its self-check, which has tests of its own.</summary>
    public static TorchTrainingEngine Torch(TrainingEngineSettings settings, DeviceOptions? options = null) => new(settings, (options ?? new DeviceOptions()) with { SelfCheck = false });

    /// <summary>One step of two batches, clipped.</summary>
    public static double Train(ITrainingEngine engine, int seed)
    {
        double loss = engine.AccumulateGradients(EngineInputs.Batch(engine.Config, 3 + (seed % 3), scale: 0.5f));
        loss += engine.AccumulateGradients(EngineInputs.Batch(engine.Config, 2, scale: 0.5f));
        engine.ApplyGradients(Step with { MaxGradientNorm = 0.5 });
        return loss / 2;
    }

    /// <summary>All tensors close to each other, relative to their length.</summary>
    public static void AssertClose(WeightSet expected, WeightSet actual, double tolerance, string what)
    {
        Assert.AreEqual(expected.Tensors.Count, actual.Tensors.Count);
        foreach (var tensor in expected.Tensors)
        {
            double distance = GoldenNetwork.RelativeDistance(tensor.Values, actual[tensor.Name].Values);
            Assert.IsTrue(distance <= tolerance, $"{what}: {tensor.Name} is off by {distance:e2}, relative.");
        }
    }
}
