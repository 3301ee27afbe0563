using ConvNeXt.MLNet.Training;

namespace ConvNeXt.Tests.Training;

[TestClass]
public sealed class StratifiedSplitTests
{
    private static readonly int[] Labels = [.. Enumerable.Repeat(0, 50), .. Enumerable.Repeat(1, 20), .. Enumerable.Repeat(2, 3), 3];

    [TestMethod]
    public void Split_TakesTheShareOfEveryClass_AndNeverAllOfIt()
    {
        (int[] training, int[] validation) = StratifiedSplit.Create(Labels, 0.2, seed: 1);

        CollectionAssert.AreEqual(new[] { 10, 4, 1, 0 }, Enumerable.Range(0, 4).Select(label => validation.Count(row => Labels[row] == label)).ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, Labels.Length).ToArray(), training.Concat(validation).Order().ToArray());
        Assert.IsTrue(Enumerable.Range(0, 4).All(label => StratifiedSplit.Create(Labels, 0.99, seed: 1).Training.Any(row => Labels[row] == label)));
    }

    [TestMethod]
    public void Split_FollowsTheSeed()
    {
        CollectionAssert.AreEqual(StratifiedSplit.Create(Labels, 0.2, seed: 1).Validation, StratifiedSplit.Create(Labels, 0.2, seed: 1).Validation);
        CollectionAssert.AreNotEqual(StratifiedSplit.Create(Labels, 0.2, seed: 1).Validation, StratifiedSplit.Create(Labels, 0.2, seed: 2).Validation);
    }
}
