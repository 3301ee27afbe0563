using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Distributed;

namespace ConvNeXt.Tests.Training.Distributed;

/// <summary>Ranks agree on what they train, when they stop, and where they resume.</summary>
[TestClass]
public sealed class RankAgreementTests
{
    private static readonly TrainingOptions _short = RankedTraining.Options with { Epochs = 2 };

    [TestMethod]
    public void OtherOptions_AreRefused_ByNameOnAllRanks()
    {
        var results = ThreadRanks.Try(3, group => RankedTraining.Session(group, group.Rank == 2 ? _short with { LabelSmoothing = 0.2 } : _short).Run());
        foreach (var (_, error) in results)
        {
            Assert.IsInstanceOfType<RankMismatchException>(error);
            StringAssert.Contains(error.Message, "rank 2 on ");
            StringAssert.Contains(error.Message, "TrainingOptions.LabelSmoothing is 0.2, not 0.1");
        }
    }

    [TestMethod]
    public void OtherData_IsRefused_ByName()
    {
        var fewer = ThreadRanks.Try(2, group => RankedTraining.Session(group, _short, train: new SyntheticImages(RankedTraining.Images - group.Rank, 3)).Run());
        StringAssert.Contains(fewer[0].Error!.Message, "training set: images is 119, not 120");
        var changed = ThreadRanks.Try(2, group => RankedTraining.Session(group, _short, validation: new SyntheticImages(13, 3, seed: 2 + group.Rank)).Run());
        Assert.IsInstanceOfType<RankMismatchException>(changed[0].Error);
        StringAssert.Contains(changed[0].Error!.Message, "validation set: pictures differ", "only the pixels differ");
    }

    [TestMethod]
    public void ACancellationOfOneRank_StopsAllAfterTheSameStep()
    {
        RankedResult[] ranks = ThreadRanks.Run(3, group =>
        {
            using var source = new CancellationTokenSource();
            var losses = new List<double>();
            var callbacks = new TrainingCallbacks
            {
                Step = progress =>
                {
                    losses.Add(progress.Loss);
                    if (group.Rank == 1 && losses.Count == 3) source.Cancel();
                },
            };
            return new RankedResult(RankedTraining.Session(group, _short).Run(callbacks, source.Token), losses);
        });
        foreach (RankedResult rank in ranks)
        {
            Assert.IsTrue(rank.Result.Cancelled);
            Assert.HasCount(4, rank.Losses);
        }
    }

    [TestMethod]
    public void ADivergence_IsThrownOnAllRanks()
    {
        var results = ThreadRanks.Try(2, group => RankedTraining.Session(group, _short with { LearningRate = 1e30, MaxGradientNorm = null, WarmupEpochs = 0 }).Run());
        foreach (var (_, error) in results) Assert.IsInstanceOfType<TrainingDivergedException>(error);
        Assert.AreEqual(results[0].Error!.Message.Split(". ")[0], results[1].Error!.Message.Split(". ")[0]);
    }

    [TestMethod]
    public void ARankThatFails_EndsTheOthers()
    {
        var results = ThreadRanks.Try(3, group =>
        {
            var images = new SyntheticImages(RankedTraining.Images, 3);
            if (group.Rank == 1) images.Broken.UnionWith(Enumerable.Range(20, 100));
            return RankedTraining.Session(group, _short, train: images).Run();
        });
        StringAssert.Contains(results[1].Error!.Message, "it is torn");
        StringAssert.Contains(results[0].Error!.Message, "Another rank failed");
        StringAssert.Contains(results[2].Error!.Message, "Another rank failed");
    }

    [TestMethod]
    public void ASilentRank_CountsAsLost()
    {
        var results = ThreadRanks.Try(2, group =>
        {
            if (group.Rank == 1) return 0;
            group.Patience = TimeSpan.FromMilliseconds(50);
            group.Sum(new double[1]);
            return 0;
        });
        Assert.IsInstanceOfType<TimeoutException>(results[0].Error);
    }

    [TestMethod]
    [DataRow(1, 3)]
    [DataRow(3, 2)]
    [DataRow(2, 1)]
    public void ARunIsResumed_ByAnotherNumberOfRanks(int before, int after)
    {
        string folder = TestFolders.CreateTemporary();
        RankedResult whole = RankedTraining.Train(SingleRank.Instance, _short);
        bool[] canceled = ThreadRanks.Run(before, group =>
        {
            using var source = new CancellationTokenSource();
            int steps = 0;
            var callbacks = new TrainingCallbacks
            {
                Step = _ =>
                {
                    if (++steps == 13) source.Cancel();
                },
            };
            return RankedTraining.Session(group, _short, Checkpoints(group)).Run(callbacks, source.Token).Cancelled;
        });
        Assert.IsTrue(canceled.All(value => value));

        RankedResult[] resumed = ThreadRanks.Run(after, group => RankedTraining.Train(group, _short, Checkpoints(group)));
        foreach (RankedResult rank in resumed)
        {
            Assert.IsLessThanOrEqualTo(7, rank.Losses.Count, "the steps that were left");
            Assert.AreEqual(whole.Losses[^1], rank.Losses[^1], 1e-6 * whole.Losses[^1]);
            Assert.IsLessThan(1e-4, RankedTraining.Distance(whole.Result.Weights, rank.Result.Weights));
        }

        // Only rank 0 sees the folder.
        CheckpointOptions? Checkpoints(IRankGroup group) => group.Rank == 0 ? new CheckpointOptions { Folder = folder, Resume = true } : null;
    }

    [TestMethod]
    public void ACheckpointOfAnotherRun_IsRefusedByAllRanks()
    {
        string folder = TestFolders.CreateTemporary();
        RankedTraining.Train(SingleRank.Instance, _short, new CheckpointOptions { Folder = folder });
        var results = ThreadRanks.Try(
            2, group => RankedTraining.Train(group, _short with { Seed = 9 }, group.Rank == 0 ? new CheckpointOptions { Folder = folder, Resume = true } : null));
        foreach (var (_, error) in results) Assert.IsInstanceOfType<CheckpointMismatchException>(error);
    }

    [TestMethod]
    public void ATimeLimit_IsPlannedByOneRankForAll()
    {
        var options = _short with { Epochs = 1000, WarmupEpochs = 0, MaxTrainingTime = TimeSpan.FromSeconds(1.5) };
        RankedResult[] ranks = ThreadRanks.Run(2, group => RankedTraining.Train(group, options));
        Assert.HasCount(ranks[0].Losses.Count, ranks[1].Losses);
        Assert.IsLessThan(10_000, ranks[0].Losses.Count);
    }
}
