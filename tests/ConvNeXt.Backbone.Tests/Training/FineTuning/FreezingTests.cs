using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training.FineTuning;

[TestClass]
public sealed class FreezingTests
{
    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [8, 16, 24, 32], ClassCount = 3, LayerScaleInit = 0.1f };

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 3,
        WarmupEpochs = 0,
        BatchSize = 4,
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 5,
    };

    [TestMethod]
    [DataRow(2, 0, "4 4 0 0 0 0 0 0", DisplayName = "all together")]
    [DataRow(1, 1, "4 3 2 1 0 0 0 0", DisplayName = "a stage in each epoch")]
    [DataRow(2, 2, "4 4 3 3 2 2 1 1", DisplayName = "a stage every two epochs")]
    [DataRow(8, 0, "4 4 4 4 4 4 4 4", DisplayName = "never")]
    public void Stages_AreTrainedFromTheLastBack(int frozenEpochs, int epochsPerStage, string expected)
    {
        var options = Options with { Epochs = 8, FreezeBackboneEpochs = frozenEpochs, UnfreezeStageEveryEpochs = epochsPerStage };
        options.Validate();
        FreezeSchedule schedule = FreezeSchedule.Create(Config, options)!;
        Assert.AreEqual(expected, string.Join(' ', Enumerable.Range(0, 8).Select(schedule.FirstTrainedStage)));
    }

    [TestMethod]
    public void Engine_IsToldBeforeTheFirstBatch_AndAgainWhereItChanges()
    {
        RecordingEngine? engine = null;
        var options = Options with { FreezeBackboneEpochs = 1, UnfreezeStageEveryEpochs = 1 };
        new TrainingSession(Config, RecordingEngine.WeightsAfter(0), options, new SyntheticImages(10, 3), null, settings => engine = new RecordingEngine(settings)).Run();
        CollectionAssert.AreEqual(new[] { 0, 3, 6 }, engine!.Frozen.Select(frozen => frozen.Batches).ToArray(), "three batches an epoch");
        string[] all = [.. ParameterTable.Of(Config).Select(parameter => parameter.Name)];
        CollectionAssert.AreEquivalent(new[] { "norm.weight", "norm.bias", "head.weight", "head.bias" }, all.Except(engine.Frozen[0].Names).ToArray());
        Assert.IsFalse(engine.Frozen[1].Names.Any(name => name.StartsWith("stages.3.") || name.StartsWith("downsample_layers.3.")));
        Assert.IsTrue(engine.Frozen[1].Names.Contains("stages.2.0.dwconv.weight"));
        Assert.IsTrue(engine.Frozen[2].Names.Contains("downsample_layers.1.1.weight"));
        Assert.IsFalse(engine.Frozen[2].Names.Contains("downsample_layers.2.1.weight"));
    }

    [TestMethod]
    public void FrozenBackbone_StaysToTheBit_AndIsTrainedAfterwards()
    {
        WeightSet initial = WeightInitializer.Create(Config, seed: 9);
        WeightSet frozen = Train(initial, Options with { FreezeBackboneEpochs = 3 }), partly = Train(initial, Options with { FreezeBackboneEpochs = 2 });
        foreach (WeightTensor tensor in initial.Tensors)
        {
            bool isHead = tensor.Name.StartsWith("head.", StringComparison.Ordinal) || tensor.Name.StartsWith("norm.", StringComparison.Ordinal);
            Assert.AreEqual(!isHead, tensor.Values.SequenceEqual(frozen[tensor.Name].Values), tensor.Name);
            Assert.IsFalse(tensor.Values.SequenceEqual(partly[tensor.Name].Values), tensor.Name);
        }
    }

    [TestMethod]
    public void OptionsThatContradict_AreNamed()
    {
        Expect(Options with { FreezeBackboneEpochs = 4 }, nameof(TrainingOptions.FreezeBackboneEpochs));
        Expect(Options with { UnfreezeStageEveryEpochs = 1 }, nameof(TrainingOptions.UnfreezeStageEveryEpochs));
        Expect(Options with { FreezeBackboneEpochs = 1, UnfreezeStageEveryEpochs = -1 }, nameof(TrainingOptions.UnfreezeStageEveryEpochs));
        Expect(Options with { FreezeBackboneEpochs = 1, LinearProbe = true }, nameof(TrainingOptions.FreezeBackboneEpochs));

        static void Expect(TrainingOptions options, string name) =>
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(options.Validate).ParamName);
    }

    private static WeightSet Train(WeightSet initial, TrainingOptions options) => new TrainingSession(Config, initial, options, new SyntheticImages(10, 3)).Run().Weights;
}
