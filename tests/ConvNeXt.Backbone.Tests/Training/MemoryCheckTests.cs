using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Loop;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Tests.Training;

/// <summary>Memory that will not be there is warned of before the engine takes it.</summary>
[TestClass]
public sealed class MemoryCheckTests
{
    private static readonly ConvNeXtConfig Config = new() { Depths = [2, 2, 3, 1], Widths = [32, 64, 96, 128], ClassCount = 10 };

    private static readonly ConvNeXtConfig SmallConfig = new() { Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = 3 };

    [TestMethod]
    [DataRow(false, null)]
    [DataRow(true, null)]
    [DataRow(false, 0.999)]
    public void Estimate_IsNearlyWhatTheEngineTakes(bool checkpointing, double? averageDecay)
    {
        var settings = new TrainingEngineSettings
        {
            Config = Config,
            Weights = WeightInitializer.Create(Config, seed: 1),
            BatchSize = 32,
            Height = 128,
            Width = 128,
            Threads = 1,
            ActivationCheckpointing = checkpointing,
            Rules = ParameterRules.Create(Config, weightDecay: 0.05),
            AverageDecay = averageDecay,
        };
        using var engine = new ManagedTrainingEngine(settings);
        double share = (double)MemoryCheck.Estimate(settings) / engine.WorkspaceBytes;
        Assert.IsTrue(share is > 0.3 and <= 1.05, $"{share:P0}");
        if (!checkpointing) Assert.IsTrue(share > 0.6, $"{share:P0}");
    }

    [TestMethod]
    public void Warning_ComesBeforeTheEngineIsCreated_AndSaysWhatToChange()
    {
        var said = new List<string>();
        var options = new TrainingOptions { Epochs = 1, WarmupEpochs = 0, BatchSize = 4, Preprocessing = ImagePreprocessing.ForSize(32) };
        var session = new TrainingSession(SmallConfig, RecordingEngine.WeightsAfter(0), options, new SyntheticImages(10, 3), null, settings =>
        {
            said.Add("engine");
            return new RecordingEngine(settings);
        })
        {
            FindAvailableMemory = () => 1000,
        };
        session.Run(new TrainingCallbacks { Warning = said.Add });
        Assert.AreEqual(2, said.Count);
        StringAssert.Contains(said[0], "BatchSize");
        Assert.AreEqual("engine", said[1]);
    }

    [TestMethod]
    public void MemoryThatIsThere_IsNotWarnedOf()
    {
        Assert.IsNull(MemoryCheck.FindWarning(needed: 1000, available: 1000));
        Assert.IsTrue(MemoryCheck.FindAvailable() > 0);
    }
}
