using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Tests.Training;
using ConvNeXt.Tests.Training.Distributed;

namespace ConvNeXt.Tests;

/// <summary>Several ranks whose engine is libtorch, here as threads.</summary>
[TestClass]
public sealed class RankTests
{
    private static readonly ConvNeXtConfig _config = new() { Depths = [1, 1, 1, 1], Widths = [8, 12, 16, 24], ClassCount = 3, DropPathRate = 0.2f, LayerScaleInit = 0.1f };

    private static readonly TrainingOptions _options = new()
    {
        Epochs = 2,
        WarmupEpochs = 1,
        BatchSize = 4,
        AccumulateBatches = 2,
        AverageDecay = 0.8,
        MaxGradientNorm = 1,
        LayerDecay = 0.8,
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 5,
    };

    [TestMethod]
    public void SeveralRanks_TrainLikeOneProcess()
    {
        TrainingResult alone = Train(SingleRank.Instance);
        foreach (TrainingResult rank in ThreadRanks.Run(2, Train))
        {
            Assert.AreEqual(alone.Epochs[^1].TrainLoss, rank.Epochs[^1].TrainLoss, 1e-5);
            EnginePair.AssertClose(alone.Weights, rank.Weights, 1e-4, "weights");
        }
    }

    private static TrainingResult Train(IRankGroup group) =>
        new TrainingSession(_config, null, _options, new SyntheticImages(24, 3), null, settings => EnginePair.Torch(settings)) { Ranks = group }.Run();
}
