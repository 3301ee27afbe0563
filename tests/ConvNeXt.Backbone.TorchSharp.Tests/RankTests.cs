using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Tests.Training;
using ConvNeXt.Tests.Training.Distributed;

namespace ConvNeXt.Tests;

/// <summary>Several ranks whose engine is libtorch, here as threads.</summary>
[TestClass]
public sealed class RankTests
{
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
        new TrainingSession(SmallRun.Config, null, SmallRun.Options, new SyntheticImages(24, 3), null, settings => EnginePair.Torch(settings)) { Ranks = group }.Run();
}
