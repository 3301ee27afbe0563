using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training.Distributed;

/// <summary>Several ranks train like one process, here as threads.</summary>
[TestClass]
public sealed class SeveralRanksTests
{
    private static readonly Lazy<RankedResult> _alone = new(() => RankedTraining.Train(SingleRank.Instance));

    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    public void SeveralRanks_HaveTheLossesOfOneProcess_AndTheSameWeightsBitForBit(int size)
    {
        RankedResult alone = _alone.Value;
        RankedResult[] ranks = ThreadRanks.Run(size, group => RankedTraining.Train(group));
        Assert.HasCount(50, alone.Losses);
        Assert.IsLessThan(1e-6, RankedTraining.Distance(alone.Losses, ranks[0].Losses), "losses");
        Assert.IsLessThan(1e-4, RankedTraining.Distance(alone.Result.Weights, ranks[0].Result.Weights), "weights, of the way moved");
        foreach (RankedResult rank in ranks)
        {
            CollectionAssert.AreEqual(ranks[0].Losses, rank.Losses);
            foreach (WeightTensor tensor in ranks[0].Result.Weights.Tensors)
                CollectionAssert.AreEqual(tensor.Values, rank.Result.Weights[tensor.Name].Values, tensor.Name);
            Assert.AreEqual(ranks[0].Result.BestEpoch!.Validation, rank.Result.BestEpoch!.Validation);
            Assert.AreEqual(alone.Result.BestEpoch!.Validation!.MicroAccuracy, rank.Result.BestEpoch.Validation!.MicroAccuracy);
        }
    }

    [TestMethod]
    public void Evaluation_IsSharedOut_AndExact()
    {
        // Nothing is learned, so the weights are the same, and so must be every bit of the metrics.
        var still = RankedTraining.Options with
        {
            Epochs = 1,
            WarmupEpochs = 0,
            LearningRate = 1e-30,
            MinLearningRate = 0,
            WeightDecay = 0,
            AverageDecay = null,
            CalibrateTemperature = true,
        };
        TrainingResult alone = RankedTraining.Session(SingleRank.Instance, still).Run();
        foreach (TrainingResult rank in ThreadRanks.Run(3, group => RankedTraining.Session(group, still).Run()))
        {
            Assert.AreEqual(alone.Epochs[0].Validation, rank.Epochs[0].Validation);
            Assert.AreEqual(alone.Calibration, rank.Calibration);
        }
    }

    [TestMethod]
    public void MoreRanksThanImagesInABatch_TrainToo()
    {
        var options = RankedTraining.Options with { Epochs = 2, BatchSize = 2, AccumulateBatches = 1, Mixup = null, Crop = null };
        double alone = RankedTraining.Session(SingleRank.Instance, options, train: new SyntheticImages(5, 3)).Run().Epochs[^1].TrainLoss;
        foreach (TrainingResult rank in ThreadRanks.Run(4, group => RankedTraining.Session(group, options, train: new SyntheticImages(5, 3)).Run()))
            Assert.AreEqual(alone, rank.Epochs[^1].TrainLoss, 1e-6 * alone);
    }

    [TestMethod]
    public void ClassWeightsBalanceAndFrozenLayers_AreAlike()
    {
        var options = RankedTraining.Options with
        {
            Epochs = 3,
            BalancedClassWeights = true,
            FreezeBackboneEpochs = 1,
            UnfreezeStageEveryEpochs = 1,
            AverageDecay = null,
            RandAugment = new RandAugment(),
        };
        double alone = RankedTraining.Train(SingleRank.Instance, options).Losses[^1];
        foreach (RankedResult rank in ThreadRanks.Run(2, group => RankedTraining.Train(group, options))) Assert.AreEqual(alone, rank.Losses[^1], 1e-6 * alone);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void FeaturesAreComputedInParts_AndTheHeadIsTheSame(bool isProbe)
    {
        var options = RankedTraining.Options with { Epochs = 2, LinearProbe = isProbe, SolveHead = !isProbe, LearningRate = isProbe ? 1e-3 : 1e-30, MinLearningRate = 0 };
        RankedResult alone = RankedTraining.Train(SingleRank.Instance, options);
        foreach (RankedResult rank in ThreadRanks.Run(3, group => RankedTraining.Train(group, options)))
        {
            Assert.IsLessThan(1e-6, RankedTraining.Distance(alone.Losses, rank.Losses));
            float[] head = alone.Result.Weights["head.weight"].Values, ofRank = rank.Result.Weights["head.weight"].Values;
            for (int i = 0; i < head.Length; i++) Assert.AreEqual(head[i], ofRank[i], 1e-6f);
        }
    }

    [TestMethod]
    public void ImagesThatCannotBeRead_AreLeftOutByAllRanks()
    {
        var options = RankedTraining.Options with { Epochs = 1, WarmupEpochs = 0, SkipUnreadableImages = true };
        TrainingResult alone = Train(SingleRank.Instance);
        foreach (TrainingResult rank in ThreadRanks.Run(3, Train))
        {
            CollectionAssert.AreEqual(new[] { 4, 5, 60, 119 }, rank.UnreadableImages.Select(image => image.Index).ToArray());
            Assert.AreEqual(alone.Epochs[0].TrainLoss, rank.Epochs[0].TrainLoss, 1e-6 * alone.Epochs[0].TrainLoss);
        }

        TrainingResult Train(IRankGroup group) =>
            RankedTraining.Session(group, options, train: new SyntheticImages(RankedTraining.Images, 3) { Broken = { 4, 5, 60, 119 } }).Run();
    }

    [TestMethod]
    public void AnImageThatIsGoneLater_IsLeftOutOfItsBatch_AndTheMeanIsOverTheOthers()
    {
        var options = RankedTraining.Options with { Epochs = 2, WarmupEpochs = 0, SkipUnreadableImages = true, Mixup = null };
        TrainingResult[] ranks = ThreadRanks.Run(2, group =>
        {
            bool isTraining = false;
            var source = new SyntheticImages(RankedTraining.Images, 3)
            {
                Loading = item =>
                {
                    if (item == 7 && Volatile.Read(ref isTraining)) throw new UnreadableImageException("it is gone");
                },
            };
            var session = RankedTraining.Session(group, options, train: source);
            return session.Run(new TrainingCallbacks { Step = _ => Volatile.Write(ref isTraining, true) });
        });
        Assert.AreEqual(ranks[0].Epochs[^1].TrainLoss, ranks[1].Epochs[^1].TrainLoss);
        Assert.IsTrue(double.IsFinite(ranks[0].Epochs[^1].TrainLoss));
    }
}
