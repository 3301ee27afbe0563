using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Tests.Training.Metrics;

[TestClass]
public sealed class ValidationMetricsTests
{
    [TestMethod]
    public void Metrics_AreOverTheWholeSet_WhateverTheBatches()
    {
        float[] logits = [2, 0, 0, 0, 2, 0, 2, 0, 0, 2, 0, 0]; // predictions 0, 1, 0, 0
        int[] labels = [0, 1, 1, 0];
        var ragged = new ClassificationTally(3, 5);
        ragged.Add(logits.AsSpan(0, 9), labels.AsSpan(0, 3));
        ragged.Add(logits.AsSpan(9), labels.AsSpan(3));

        var metrics = Measure(3, 5, logits, labels);
        Assert.AreEqual(metrics, ragged.ToMetrics());
        Assert.AreEqual(0.75, metrics.MicroAccuracy);
        Assert.AreEqual((1 + 0.5) / 2, metrics.MacroAccuracy, 1e-15);
        Assert.AreEqual(Math.Log(Math.Exp(2) + 2) - 1.5, metrics.Loss, 1e-12);
    }

    [TestMethod]
    public void Recall_IsPerClass_NaNWhereAClassDoesNotOccur_AndTheMeanLeavesItOut()
    {
        var metrics = Measure(3, 5, [2, 0, 0, 0, 2, 0, 2, 0, 0, 2, 0, 0], [0, 1, 1, 0]);
        CollectionAssert.AreEqual(new[] { 1, 0.5, double.NaN }, metrics.PerClassRecall);
        Assert.AreEqual(0.75, metrics.MacroAccuracy);
    }

    [TestMethod]
    public void TopK_CountsRanks_TiesByOrder_UpToTheClasses()
    {
        // Label 2 has ranks 0, 2 (a tie that comes first counts as larger), 2 (of all equal) and 3.
        float[] logits = [0, 0, 9, 1, 7, 5, 5, 0, 1, 1, 1, 1, 4, 5, 1, 2];
        int[] labels = [2, 2, 2, 2];
        CollectionAssert.AreEqual(new[] { 0.25, 0.25, 0.75, 1 }, Measure(4, 9, logits, labels).TopKAccuracies);
        CollectionAssert.AreEqual(new[] { 0.25, 0.25 }, Measure(4, 2, logits, labels).TopKAccuracies);
    }

    [TestMethod]
    public void CalibrationError_IsTheGapBetweenConfidenceAndAccuracy_BinByBin()
    {
        // Two classes: probability p of class 0 is logit ln(p / (1 - p)). Ten images at 0.95, six right; ten at 0.55, eight right: other bins, gaps of both signs.
        float[] logits = [.. Enumerable.Range(0, 20).SelectMany(image => new[] { Logit(image < 10 ? 0.95 : 0.55), 0f })];
        int[] labels = [.. Enumerable.Range(0, 20).Select(image => image is < 6 or (>= 10 and < 18) ? 0 : 1)];
        Assert.AreEqual((0.35 + 0.25) / 2, Measure(2, 1, logits, labels).ExpectedCalibrationError, 1e-6);
        Assert.AreEqual(0, Measure(2, 1, [100, 0, 0, 100], [0, 1]).ExpectedCalibrationError, 1e-12, "certain and right");
        Assert.AreEqual(1, Measure(2, 1, [100, 0, 0, 100], [1, 0]).ExpectedCalibrationError, 1e-12, "certain and wrong");

        static float Logit(double probability) => (float)Math.Log(probability / (1 - probability));
    }

    [TestMethod]
    public void Metrics_AreEqual_OnlyWhereEveryValueIs()
    {
        var metrics = new ValidationMetrics(1, 0.5, 0.5, [0.5], [0.5, double.NaN], 0.1);
        Assert.AreEqual(metrics, metrics with { PerClassRecall = [0.5, double.NaN] });
        Assert.AreNotEqual(metrics, metrics with { PerClassRecall = [0.4, double.NaN] });
        Assert.AreNotEqual(metrics, metrics with { TopKAccuracies = [0.6] });
        Assert.AreNotEqual(metrics, metrics with { ExpectedCalibrationError = 0.2 });
    }

    private static ValidationMetrics Measure(int classes, int topK, float[] logits, int[] labels)
    {
        var tally = new ClassificationTally(classes, topK);
        tally.Add(logits, labels);
        return tally.ToMetrics();
    }
}
