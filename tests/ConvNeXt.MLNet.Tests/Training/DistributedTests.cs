using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Tuning;
using ConvNeXt.Tests.Training.Distributed;
using Microsoft.ML;

namespace ConvNeXt.Tests;

/// <summary>The trainer with several ranks, here as threads.</summary>
[TestClass]
public sealed class DistributedTests
{
    [TestMethod]
    public void SeveralRanks_TrainTheModelOfOneProcess_AndOneReports()
    {
        float[] alone = TinyModel.Score(Fit(SingleRank.Instance, seed: 1).Model);
        var ranks = ThreadRanks.Run(2, group => Fit(group, seed: 1));
        for (int rank = 0; rank < 2; rank++)
        {
            float[] scores = TinyModel.Score(ranks[rank].Model);
            for (int i = 0; i < scores.Length; i++) Assert.AreEqual(alone[i], scores[i], 1e-4f);
            Assert.AreEqual(rank == 0, ranks[rank].Epochs > 0, "callbacks of rank 0");
            Assert.AreEqual(rank == 0, ranks[rank].Log.Any(line => line.Contains("2 ranks divide each batch", StringComparison.Ordinal)));
        }
    }

    [TestMethod]
    public void WithoutASeed_AllRanksHaveThatOfRank0()
    {
        var ranks = ThreadRanks.Run(2, group => Fit(group, seed: null));
        CollectionAssert.AreEqual(TinyModel.Score(ranks[0].Model), TinyModel.Score(ranks[1].Model));
    }

    [TestMethod]
    public void ARankWithOtherOptions_IsRefusedByName()
    {
        foreach (var (_, error) in ThreadRanks.Try(2, group => Fit(group, seed: 1 + group.Rank, options => options.Seed = 1 + group.Rank)))
        {
            Assert.IsInstanceOfType<RankMismatchException>(error);
            StringAssert.Contains(error.Message, "rank 1 on ");
        }
    }

    [TestMethod]
    public void ARankWithoutItsData_EndsTheOthers()
    {
        var results = ThreadRanks.Try(2, group => Fit(group, seed: 1, options => options.ImageColumnName = group.Rank == 1 ? "Photo" : options.ImageColumnName));
        Assert.IsInstanceOfType<ArgumentOutOfRangeException>(results[1].Error);
        StringAssert.Contains(results[0].Error!.Message, "Another rank failed");
    }

    [TestMethod]
    public void WithoutALauncher_AProcessTrainsAlone()
    {
        if (RankGroups.LaunchedSize > 1) Assert.Inconclusive("Skipped: the tests run under mpirun.");
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Distributed = new DistributedTraining();
        Assert.IsNotNull(TinyModel.Fit(new MLContext(seed: 1), options));
    }

    [TestMethod]
    public void WrongUses_AreRefused()
    {
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 1);
        options.Distributed = new DistributedTraining { PeerTimeout = TimeSpan.Zero };
        var context = new MLContext(seed: 1);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.ConvNeXt(options)).Message, "PeerTimeout");
        options.Distributed = new DistributedTraining();
        ConvNeXtTrainer trainer = context.MulticlassClassification.Trainers.ConvNeXt(options);
        IDataView data = TinyModel.WithKeys(context, TinyModel.TrainingImages);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => trainer.Tune(data, new TuningOptions { Trials = 2 })).Message, "Distributed is for Fit");
    }

    private static (ConvNeXtClassificationTransformer Model, int Epochs, List<string> Log) Fit(IRankGroup group, int? seed, Action<ConvNeXtTrainer.Options>? change = null)
    {
        var context = new MLContext(seed);
        var log = new List<string>();
        context.Log += (_, message) => log.Add(message.RawMessage);
        int epochs = 0;
        ConvNeXtTrainer.Options options = TinyModel.CreateOptions(epochs: 2);
        options.Distributed = new DistributedTraining { Ranks = group };
        options.MetricsCallback = _ => epochs++;
        change?.Invoke(options);
        return (TinyModel.Fit(context, options), epochs, log);
    }
}
