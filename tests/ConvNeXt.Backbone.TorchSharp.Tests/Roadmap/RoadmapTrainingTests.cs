using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.TorchSharp;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Tests.Engines;
using ConvNeXt.Tests.Training;
using TorchSharp;

namespace ConvNeXt.Tests.Roadmaps;

/// <summary>The networks of the roadmap in the training engine: the same loop, checkpoints and averages as for ConvNeXt.</summary>
[TestClass]
[DoNotParallelize]
public sealed class RoadmapTrainingTests
{
    private static readonly TrainingOptions _options = new()
    {
        Epochs = 3,
        WarmupEpochs = 1,
        BatchSize = 4,
        AccumulateBatches = 2,
        AverageDecay = 0.8,
        LearningRate = 1e-3,
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 5,
    };

    [TestMethod]
    [DataRow("resnet")]
    [DataRow("grouped")]
    [DataRow("inverted")]
    [DataRow("depthwise-first")]
    [DataRow("layer-norm")]
    [DataRow("published")]
    public void AStep_Learns_AndHoldsThePlannedParameters(string key)
    {
        ConvNeXtConfig config = RoadmapNetworks.Get(key) with { DropPathRate = 0.1f };
        using var engine = EnginePair.Torch(EnginePair.Settings(config));
        double first = EnginePair.Train(engine, 0), last = 0;
        for (int step = 0; step < 8; step++) last = EnginePair.Train(engine, 0);
        Assert.IsLessThan(first, last, key);
        var held = engine.ExportWeights().Tensors.Where(tensor => !new ParameterDescription(tensor.Name, tensor.Shape).IsStatistic);
        Assert.AreEqual(NetworkCost.Parameters(config), held.Sum(tensor => (long)tensor.Values.Length));
    }

    [TestMethod]
    public void TheEndOfTheRoad_IsTheManagedEnginesConvNeXt()
    {
        ConvNeXtConfig planned = RoadmapNetworks.Get("published") with { DropPathRate = 0.3f }, official = planned with { Parts = null };
        using var managed = new ManagedTrainingEngine(EnginePair.Settings(official));
        using var torch = EnginePair.Torch(EnginePair.Settings(planned) with { Weights = EngineInputs.Weights(official) });
        for (int step = 0; step < 2; step++) Assert.AreEqual(EnginePair.Train(managed, step), EnginePair.Train(torch, step), 1e-5);
        managed.AccumulateGradients(EngineInputs.Batch(official, 3));
        torch.AccumulateGradients(EngineInputs.Batch(planned, 3));
        EnginePair.AssertClose(managed.ExportGradients(), Sorted(torch.ExportGradients(), official), 1e-3, "gradients");
    }

    [TestMethod]
    public void RunningStatistics_FollowEachBatchOfAStep_AndStayAsTheyAreIfItIsAbandoned()
    {
        ConvNeXtConfig config = RoadmapNetworks.Get("resnet");
        using var engine = EnginePair.Torch(EnginePair.Settings(config));
        const string mean = "stages.0.0.norm1.running_mean";
        float[] before = engine.ExportWeights()[mean].Values;
        int calls = 0;
        Assert.ThrowsExactly<OperationCanceledException>(() => engine.AccumulateGradients(EngineInputs.Batch(config, 2), () =>
        {
            if (++calls == 4) throw new OperationCanceledException();
        }));
        engine.ApplyGradients(new OptimizerStep(0));
        CollectionAssert.AreEqual(before, engine.ExportWeights()[mean].Values, "an abandoned batch");

        engine.AccumulateGradients(EngineInputs.Batch(config, 2));
        CollectionAssert.AreEqual(before, engine.ExportWeights()[mean].Values, "before the step");
        engine.ApplyGradients(new OptimizerStep(0));
        float[] once = engine.ExportWeights()[mean].Values;
        engine.AccumulateGradients(EngineInputs.Batch(config, 2));
        engine.AccumulateGradients(EngineInputs.Batch(config, 2));
        engine.ApplyGradients(new OptimizerStep(0));
        float[] thrice = engine.ExportWeights()[mean].Values;
        for (int channel = 0; channel < before.Length; channel++)
        {
            // r' = 0.9 r + 0.1 m, three times the same mean m.
            float measured = (once[channel] - (0.9f * before[channel])) / 0.1f;
            Assert.AreEqual((0.729f * before[channel]) + (0.271f * measured), thrice[channel], 1e-4f);
        }
        float[] average = engine.ExportWeights(average: true)[mean].Values;
        Assert.IsTrue(average.Zip(thrice).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-5), "the average lags behind");
    }

    [TestMethod]
    public void OneImageOfOnePixelAtTheEnd_IsNormalizedAsInScoring()
    {
        ConvNeXtConfig config = RoadmapNetworks.Get("resnet");
        using var engine = EnginePair.Torch(EngineInputs.Settings(config));
        var batch = new TrainingBatch { Images = EngineInputs.Pixels(1, 32, 32), Targets = [1, 0, 0], Count = 1, Height = 32, Width = 32 };
        Assert.IsTrue(double.IsFinite(engine.AccumulateGradients(batch)));
        Assert.IsTrue(double.IsFinite(engine.ApplyGradients(new OptimizerStep(1e-3) { MaxGradientNorm = 1 })!.Value));
    }

    [TestMethod]
    [DataRow("resnet", 1e-5)]
    [DataRow("layer-norm", 1e-5)] // strided 1x1 convolutions of 6 channels, which libtorch alone computes wrongly
    public void AnInterruptedRun_IsResumedFromItsCheckpoint_ToTheResultOfARunInOnePiece(string key, double tolerance)
    {
        ConvNeXtConfig config = RoadmapNetworks.Get(key) with { DropPathRate = 0.2f };
        string folder = TestFolders.CreateTemporary();
        TrainingResult whole = Session(config).Run();
        using var source = new CancellationTokenSource();
        int steps = 0;
        var interrupt = new TrainingCallbacks
        {
            Step = _ =>
            {
                if (++steps == 3) source.Cancel();
            },
        };
        Assert.IsTrue(Session(config, folder).Run(interrupt, source.Token).Cancelled);
        TrainingResult resumed = Session(config, folder).Run();
        Assert.IsFalse(resumed.Cancelled);
        EnginePair.AssertClose(whole.Weights, resumed.Weights, tolerance, key);
        Assert.HasCount(3, resumed.Epochs);

        ConvNeXtConfig other = config with { Parts = config.Parts! with { Activation = 1 - config.Parts!.Activation } };
        var e = Assert.ThrowsExactly<CheckpointMismatchException>(() => Session(other, folder).Run());
        StringAssert.Contains(e.Message, "Activation");
    }

    [TestMethod]
    public void NoTensors_AreLeftBehind()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;
        using (var engine = EnginePair.Torch(EnginePair.Settings(RoadmapNetworks.Get("resnet"))))
        {
            long held = torch.Tensor.TotalCount;
            for (int step = 0; step < 3; step++)
            {
                EnginePair.Train(engine, step);
                engine.Score(EngineInputs.Pixels(1, 32, 32), 1, 32, 32, new float[3], average: true);
                Assert.AreEqual(held, torch.Tensor.TotalCount, $"step {step}");
            }
        }
        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    [TestMethod]
    public void WhatOnlyConvNeXtHas_IsRefused()
    {
        ConvNeXtConfig config = RoadmapNetworks.Get("resnet");
        WeightSet weights = EngineInputs.Weights(config);
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => new TorchScoringEngine(config, weights)).Message, config.Name);
        var low = new DeviceOptions { Precision = ComputePrecision.BFloat16 };
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => EnginePair.Torch(EngineInputs.Settings(config), low)).Message, "BFloat16");
    }

    private static WeightSet Sorted(WeightSet weights, ConvNeXtConfig config)
    {
        var sorted = new WeightSet();
        foreach (ParameterDescription parameter in ParameterTable.Of(config)) sorted.Add(weights[parameter.Name]);
        return sorted;
    }

    private static TrainingSession Session(ConvNeXtConfig config, string? folder = null) =>
        new(config, null, _options, new SyntheticImages(16, 3), new SyntheticImages(6, 3, seed: 2), settings => EnginePair.Torch(settings))
        {
            Checkpoints = folder is null ? null : new CheckpointOptions { Folder = folder, Resume = true, EveryMinutes = null },
        };
}
