using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training;

/// <summary>The session with the managed engine, on pictures that a small network learns in seconds.</summary>
[TestClass]
public sealed class ManagedTrainingTests
{
    private static readonly ConvNeXtConfig Config = new()
    {
        Depths = [1, 1, 2, 1],
        Widths = [8, 16, 24, 32],
        ClassCount = 3,
        DropPathRate = 0.2f,
        LayerScaleInit = 0.1f,
    };

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 2,
        WarmupEpochs = 1,
        BatchSize = 8,
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 5,
    };

    [TestMethod]
    public void SameSeed_GivesTheSameWeights_WhateverTheThreads()
    {
        var one = Train(Options with { LoaderThreads = 1, ComputeThreads = 1 });
        var many = Train(Options with { LoaderThreads = 3, ComputeThreads = 3 });
        var other = Train(Options with { Seed = 6 });
        foreach (var tensor in one.Weights.Tensors)
            CollectionAssert.AreEqual(tensor.Values, many.Weights[tensor.Name].Values, tensor.Name);
        CollectionAssert.AreNotEqual(one.Weights["head.weight"].Values, other.Weights["head.weight"].Values);
        Assert.AreEqual(one.Epochs[1].Validation, many.Epochs[1].Validation);
    }

    [TestMethod]
    public void ColoursAreLearned_AndTheResultScoresAsValidated()
    {
        var result = Train(Options with { Epochs = 12 });
        Assert.IsTrue(result.BestEpoch!.Validation!.MicroAccuracy >= 0.9, $"{result.BestEpoch}");
        Assert.IsTrue(result.Epochs[^1].TrainLoss < result.Epochs[0].TrainLoss);

        var still = Options with { Epochs = 1, WarmupEpochs = 0, LearningRate = 1e-30, MinLearningRate = 0, WeightDecay = 0 };
        var again = new TrainingSession(Config, result.Weights, still, Train(), Validation()).Run();
        Assert.AreEqual(result.BestEpoch.Validation.MicroAccuracy, again.Epochs[0].Validation!.MicroAccuracy);
        Assert.AreEqual(result.BestEpoch.Validation.Loss, again.Epochs[0].Validation!.Loss, 1e-9);
    }

    [TestMethod]
    public void WeightsOfTheRun_AreThoseThatTheEngineExports_WhereverTheyWereKept()
    {
        ManagedTrainingEngine? engine = null;
        WeightSet? last = null;
        var callbacks = new TrainingCallbacks { Epoch = _ => last = engine!.ExportWeights() };
        var result = new TrainingSession(Config, null, Options, Train(), null, settings => engine = new ManagedTrainingEngine(settings)).Run(callbacks);
        foreach (var tensor in last!.Tensors) CollectionAssert.AreEqual(tensor.Values, result.Weights[tensor.Name].Values, tensor.Name);
    }

    private static SyntheticImages Train() => new(30, 3);

    private static SyntheticImages Validation() => new(13, 3, seed: 2);

    private static TrainingResult Train(TrainingOptions options) => new TrainingSession(Config, null, options, Train(), Validation()).Run();
}
