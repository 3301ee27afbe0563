using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Tests.Training.Metrics;

[TestClass]
public sealed class AccuracyIntervalTests
{
    // The four examples of Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    [TestMethod]
    [DataRow(81, 263, 0.2553, 0.3662)]
    [DataRow(15, 148, 0.0624, 0.1605)]
    [DataRow(0, 20, 0.0, 0.1611)]
    [DataRow(1, 29, 0.0061, 0.1718)]
    public void Interval_IsWilsons(int right, int images, double low, double high)
    {
        AccuracyInterval interval = AccuracyInterval.Of((double)right / images, images);
        Assert.AreEqual(low, interval.Low, 5.1e-5);
        Assert.AreEqual(high, interval.High, 5.1e-5);
    }

    [TestMethod]
    public void WithoutImages_NothingIsKnown() => Assert.AreEqual(new AccuracyInterval(0, 1), AccuracyInterval.Of(0.5, 0));

    [TestMethod]
    public void TooLargeAccuracy_IsAnError() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => AccuracyInterval.Of(1.5, 10));
}
