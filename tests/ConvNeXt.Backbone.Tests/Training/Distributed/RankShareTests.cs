using ConvNeXt.Backbone.Training.Distributed;

namespace ConvNeXt.Tests.Training.Distributed;

/// <summary>How batches are divided, and what the environment says about ranks.</summary>
[TestClass]
public sealed class RankShareTests
{
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Parts_HaveEveryPositionOnce_AndAreOfNearlyTheSameSize(bool inPairs)
    {
        for (int count = 1; count <= 20; count++)
        {
            for (int size = 1; size <= 9; size++)
            {
                int[][] parts = [.. Enumerable.Range(0, size).Select(rank => new RankShare(rank, size).PositionsOf(count, inPairs))];
                CollectionAssert.AreEqual(Enumerable.Range(0, count).ToArray(), parts.SelectMany(part => part).Order().ToArray(), $"{count} images, {size} ranks");
                Assert.IsTrue(parts.All(part => part.SequenceEqual(part.Order())));
                int largest = new RankShare(0, size).LargestOf(count, inPairs), unit = inPairs ? 2 : 1;
                Assert.IsLessThanOrEqualTo(largest, parts.Max(part => part.Length));
                Assert.IsLessThanOrEqualTo(2 * unit, parts.Max(part => part.Length) - parts.Min(part => part.Length));
            }
        }
    }

    [TestMethod]
    public void Pairs_ArePartnersInTheirPart()
    {
        for (int count = 1; count <= 13; count++)
        {
            for (int rank = 0; rank < 3; rank++)
            {
                int[] part = new RankShare(rank, 3).PositionsOf(count, inPairs: true);
                for (int i = 0; i < part.Length; i++) Assert.AreEqual(count - 1 - part[i], part[part.Length - 1 - i], $"{count} images, rank {rank}");
            }
        }
    }

    [TestMethod]
    [DataRow("OMPI_COMM_WORLD_SIZE=4", 4)]
    [DataRow("PMI_SIZE=3", 3)]
    [DataRow("PMI_SIZE=1", 1)]
    [DataRow("SLURM_NTASKS=8", 1, DisplayName = "a shell in a job of Slurm is no rank")]
    [DataRow("SLURM_NTASKS=8;PMIX_RANK=0", 8)]
    [DataRow("OMPI_COMM_WORLD_SIZE=-2", 1)]
    [DataRow("", 1)]
    public void Launchers_AreRecognizedByTheirVariables(string environment, int size)
    {
        var variables = environment.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split('=')).ToDictionary(entry => entry[0], entry => entry[1]);
        Assert.AreEqual(size, RankGroups.FindLaunchedSize(name => variables.GetValueOrDefault(name)));
    }

    [TestMethod]
    public void RanksOnTheSameProcessors_ShareThem()
    {
        int[] threads = ThreadRanks.Run(2, RankThreads.Find);
        Assert.AreEqual(Math.Max(1, Environment.ProcessorCount / 2), threads[0]);
        Assert.AreEqual(Environment.ProcessorCount, RankThreads.Find(SingleRank.Instance));
    }

    [TestMethod]
    public void Texts_AreGatheredInTheOrderOfTheRanks()
    {
        foreach (string[] all in ThreadRanks.Run(3, group => RankTexts.Gather(group, group.Rank == 1 ? "" : $"rank {group.Rank}, Ökonom")))
            CollectionAssert.AreEqual(new[] { "rank 0, Ökonom", "", "rank 2, Ökonom" }, all);
    }
}
