using ConvNeXt.MLNet.Evaluation;

namespace ConvNeXt.Tests.Evaluation;

/// <summary>The comparison of two classifiers, with p-values that were computed by hand from the binomial distribution.</summary>
[TestClass]
public sealed class ClassificationComparisonTests
{
    [TestMethod]
    [DataRow(0, 0, 1.0)]
    [DataRow(6, 0, 0.03125)]
    [DataRow(0, 6, 0.03125)]
    [DataRow(5, 5, 1.0)]
    [DataRow(10, 2, 158.0 / 4096)]
    public void PValue_IsThatOfTheExactTest(int gained, int lost, double expected)
    {
        ClassificationComparison comparison = Compare(gained, lost, both: 8);
        Assert.AreEqual(expected, comparison.PValue, 1e-12);
        Assert.HasCount(gained, comparison.Gained);
        Assert.HasCount(lost, comparison.Lost);
        Assert.AreEqual((8.0 + gained) / (8 + gained + lost), comparison.Accuracy, 1e-12);
        Assert.AreEqual((8.0 + lost) / (8 + gained + lost), comparison.EarlierAccuracy, 1e-12);
    }

    [TestMethod]
    public void UnreadableImages_DoNotCount_AndOthersMustBeTheSame()
    {
        ImagePrediction right = new("a", [1, 0], null), unreadable = new("b", [], "broken"), other = new("c", [1, 0], null);
        Assert.AreEqual(1, ClassificationComparison.Create([right, unreadable], [0, 0], [right, unreadable], [0, 0]).Images);
        Assert.ThrowsExactly<ArgumentException>(() => ClassificationComparison.Create([right], [0], [other], [0]));
        Assert.ThrowsExactly<ArgumentException>(() => ClassificationComparison.Create([right], [0], [], [0]));
        Assert.ThrowsExactly<ArgumentException>(() => ClassificationComparison.Create([unreadable], [0], [unreadable], [0]));
    }

    private static ClassificationComparison Compare(int gained, int lost, int both)
    {
        int images = gained + lost + both;
        ImagePrediction[] now = [.. Enumerable.Range(0, images).Select(i => Predict(i, isRight: i < gained || i >= gained + lost))];
        ImagePrediction[] earlier = [.. Enumerable.Range(0, images).Select(i => Predict(i, isRight: i >= gained))];
        return ClassificationComparison.Create(now, new int[images], earlier, new int[images]);
    }

    private static ImagePrediction Predict(int image, bool isRight) => new($"{image}", isRight ? [1, 0] : [0, 1], null);
}
