using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.TorchSharp.Devices;
using ConvNeXt.Tests.Engines;

namespace ConvNeXt.Tests;

/// <summary>The TorchSharp engine against the managed one, on networks of every kind.</summary>
[TestClass]
public sealed class EngineParityTests
{
    private const int Height = 48, Width = 40;

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    public void FiveSteps_OfARandomNetwork_EqualTheManagedEngines(int seed)
    {
        var settings = EnginePair.Settings(EnginePair.RandomConfig(seed));
        using var managed = new ManagedTrainingEngine(settings);
        using var torch = EnginePair.Torch(settings);
        var batch = EngineInputs.Batch(settings.Config, 3);
        managed.AccumulateGradients(batch);
        torch.AccumulateGradients(batch);
        EnginePair.AssertClose(managed.ExportGradients(), torch.ExportGradients(), 1e-4, "gradients");
        for (int step = 0; step < 5; step++) Assert.AreEqual(EnginePair.Train(managed, step), EnginePair.Train(torch, step), 1e-4, $"loss of step {step}");
        EnginePair.AssertClose(managed.ExportWeights(), torch.ExportWeights(), 1e-4, "weights");
        EnginePair.AssertClose(managed.ExportWeights(average: true), torch.ExportWeights(average: true), 1e-4, "average");
        Assert.AreEqual(5, torch.ExportState().Steps["head.bias"]);

        foreach (bool average in new[] { false, true })
        {
            float[] expected = new float[2 * settings.Config.ClassCount], actual = new float[expected.Length];
            var images = EngineInputs.Pixels(2, Height, Width);
            managed.Score(images, 2, Height, Width, expected, average);
            torch.Score(images, 2, Height, Width, actual, average);
            Assert.IsTrue(GoldenNetwork.RelativeDistance(expected, actual) < 1e-3);
        }
    }

    [TestMethod]
    public void Scoring_OfRandomNetworks_EqualsTheManagedEngine()
    {
        for (int seed = 10; seed < 16; seed++)
        {
            var config = EnginePair.RandomConfig(seed);
            var weights = EngineInputs.Weights(config);
            using var managed = new ManagedScoringEngine(config, weights);
            using var torch = new TorchScoringEngine(config, weights, new DeviceOptions { SelfCheck = false });
            var images = EngineInputs.Pixels(3, Height, Width);
            float[] expected = new float[3 * config.ClassCount], actual = new float[expected.Length];
            managed.Score(images, 3, Height, Width, expected);
            torch.Score(images, 3, Height, Width, actual);
            double distance = GoldenNetwork.RelativeDistance(expected, actual);
            Assert.IsTrue(distance < 1e-4, $"{config.Name}: off by {distance:e2}.");
        }
    }

    [TestMethod]
    public void ABFloat16Engine_KeepsFloat32Weights_AndItsGradientsPointTheSameWay()
    {
        var settings = EnginePair.Settings(new ConvNeXtConfig { Depths = [1, 2, 1, 1], Widths = [8, 12, 16, 24], ClassCount = 6 });
        using var managed = new ManagedTrainingEngine(settings);
        using var torch = EnginePair.Torch(settings, new DeviceOptions { Precision = ComputePrecision.BFloat16 });
        foreach (var (tensor, other) in settings.Weights.Tensors.Zip(torch.ExportWeights().Tensors)) CollectionAssert.AreEqual(tensor.Values, other.Values);
        var batch = EngineInputs.Batch(settings.Config, 4);
        managed.AccumulateGradients(batch);
        torch.AccumulateGradients(batch);
        float[] expected = Flat(managed), actual = Flat(torch);
        double distance = GoldenNetwork.RelativeDistance(expected, actual);
        Assert.IsTrue(distance is > 1e-5 and < 0.1, $"The gradients are off by {distance:e2}, relative.");

        // A step that bfloat16 could not hold: of weights around 1 it sees changes from 1/128 on.
        float before = torch.ExportWeights()["norm.weight"].Values[0];
        torch.ApplyGradients(new OptimizerStep(1e-6));
        float change = Math.Abs(torch.ExportWeights()["norm.weight"].Values[0] - before);
        Assert.IsTrue(change is > 0 and < 1e-5f, $"The weight changed by {change}.");

        static float[] Flat(ITrainingEngine engine) => [.. engine.ExportGradients().Tensors.SelectMany(tensor => tensor.Values)];
    }

    [TestMethod]
    public void FrozenParameters_HaveNoGradient_KeepTheirValues_AndAreNotCounted()
    {
        var settings = EnginePair.Settings(new ConvNeXtConfig { Depths = [1, 1, 1, 1], Widths = [8, 12, 16, 24], ClassCount = 6 });
        var frozen = settings.Weights.Tensors.Select(tensor => tensor.Name).Where(name => name.StartsWith("stages.0", StringComparison.Ordinal) || name == "head.bias").ToHashSet();
        using var managed = new ManagedTrainingEngine(settings);
        using var torch = EnginePair.Torch(settings);
        foreach (ITrainingEngine engine in new ITrainingEngine[] { managed, torch })
        {
            EnginePair.Train(engine, 0);
            engine.SetFrozen(frozen);
            EnginePair.Train(engine, 1);
        }

        EnginePair.AssertClose(managed.ExportWeights(), torch.ExportWeights(), 1e-4, "weights");
        var steps = torch.ExportState().Steps;
        Assert.AreEqual((1L, 2L), (steps["head.bias"], steps["head.weight"]));
        torch.AccumulateGradients(EngineInputs.Batch(settings.Config, 3));
        Assert.IsTrue(torch.ExportGradients()["head.bias"].Values.All(value => value == 0));
        torch.SetFrozen(settings.Weights.Tensors.Select(tensor => tensor.Name).ToHashSet());
        Assert.IsTrue(torch.AccumulateGradients(EngineInputs.Batch(settings.Config, 3)) > 0);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => torch.SetFrozen(new HashSet<string> { "head.scale" })).Message, "head.scale");
    }
}
