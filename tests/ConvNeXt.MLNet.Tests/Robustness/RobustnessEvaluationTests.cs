using System.Collections.Immutable;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Robustness;

namespace ConvNeXt.Tests.Robustness;

/// <summary>A classifier on corrupted images, and the numbers that are computed from its accuracies.</summary>
[TestClass]
public sealed class RobustnessEvaluationTests
{
    private static readonly ImageCorruption _fog = ImageCorruption.Get("fog"), _noise = ImageCorruption.Get("gaussian_noise");

    [TestMethod]
    public void Report_HasAnAccuracyForEachCorruptionAndSeverity_AndRepeatsItself()
    {
        var options = new RobustnessOptions { Corruptions = [_noise, ImageCorruption.Get("contrast")], Severities = [1, 5] };
        var done = new List<int>();
        RobustnessReport report = TinyModel.Transformer.EvaluateRobustness(TinyModel.TestSet, options, new Recorder(done));
        Assert.AreEqual(TinyModel.TestSet.Count, report.Images);
        Assert.AreEqual(TinyModel.TestSet.Count, done[^1]);
        Assert.IsGreaterThan(0.8, report.Accuracy, "the images are easy");
        Assert.HasCount(2, report.Corruptions);
        foreach (CorruptionResult result in report.Corruptions)
        {
            CollectionAssert.AreEqual(new[] { 1, 5 }, result.Accuracies.Select(item => item.Severity).ToArray());
            Assert.IsLessThanOrEqualTo(report.Accuracy + 0.1, result.Accuracies[1].Accuracy);
        }
        Assert.IsLessThan(report.Corruptions[1].Accuracies[0].Accuracy, report.Corruptions[1].Accuracies[1].Accuracy, "almost no contrast is left");
        RobustnessReport again = TinyModel.Transformer.EvaluateRobustness(TinyModel.TestSet, options);
        CollectionAssert.AreEqual(report.Corruptions.SelectMany(result => result.Accuracies).ToArray(), again.Corruptions.SelectMany(result => result.Accuracies).ToArray());
    }

    [TestMethod]
    public void UnreadableImages_AreLeftOut()
    {
        var options = new RobustnessOptions { Corruptions = [_noise], Severities = [1] };
        var broken = new LabeledImage { ImagePath = "missing.png", Label = TestImages.Labels[0] };
        Assert.AreEqual(2, TinyModel.Transformer.EvaluateRobustness([TinyModel.TestSet[0], broken, TinyModel.TestSet[1]], options).Images);
        Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Transformer.EvaluateRobustness([broken], options));
        Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Transformer.EvaluateRobustness([], options));
    }

    [TestMethod]
    public void BadOptionsLabelsAndCancellation_AreErrors()
    {
        var other = new LabeledImage { ImagePath = TinyModel.TestSet[0].ImagePath, Label = "triangle" };
        Assert.Contains("'triangle'", Assert.ThrowsExactly<ArgumentException>(() => TinyModel.Transformer.EvaluateRobustness([other])).Message);
        foreach (RobustnessOptions options in (RobustnessOptions[])
            [new() { Severities = [6] }, new() { Severities = [] }, new() { Corruptions = [] }, new() { JpegQuality = 0 }])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TinyModel.Transformer.EvaluateRobustness(TinyModel.TestSet, options));
        Assert.ThrowsExactly<OperationCanceledException>(
            () => TinyModel.Transformer.EvaluateRobustness(TinyModel.TestSet, cancellation: new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void CorruptionErrors_AreThoseOfTheDefinition()
    {
        RobustnessReport ours = Report(0.9, (_fog, [0.8, 0.6]), (_noise, [0.7, 0.3])), theirs = Report(0.8, (_fog, [0.6, 0.4]), (_noise, [0.5, 0.1]));
        Assert.AreEqual(0.6, ours.MeanAccuracy, 1e-12);
        Assert.AreEqual(100 * ((0.3 / 0.5) + (0.5 / 0.7)) / 2, ours.ComputeMeanCorruptionError(theirs), 1e-9);
        Assert.AreEqual(100 * ((0.2 / 0.3) + (0.4 / 0.5)) / 2, ours.ComputeRelativeMeanCorruptionError(theirs), 1e-9);
        Assert.AreEqual(100 * ((0.3 / 0.819324) + (0.5 / 0.886428)) / 2, ours.ComputeMeanCorruptionError(), 1e-9);
        Assert.AreEqual(100, ours.ComputeMeanCorruptionError(ours), 1e-9);
        Assert.AreEqual(100, ours.ComputeRelativeMeanCorruptionError(ours), 1e-9);
        Assert.AreEqual(
            "90.0 % of 100 images are recognized as they are. fog costs least (20.0 points), gaussian noise most (40.0 points), all 2 on average 30.0 points.", ours.Describe());
    }

    [TestMethod]
    public void ABaselineThatDoesNotFit_IsAnError()
    {
        RobustnessReport ours = Report(0.9, (_fog, [0.8, 0.6]));
        Assert.ThrowsExactly<ArgumentException>(() => ours.ComputeMeanCorruptionError(Report(0.9, (_noise, [0.8, 0.6]))));
        Assert.ThrowsExactly<ArgumentException>(() => ours.ComputeMeanCorruptionError(Report(0.9, (_fog, [0.8]))));
        Assert.ThrowsExactly<ArgumentException>(() => ours.ComputeMeanCorruptionError(Report(1, (_fog, [1, 1]))));
        Assert.ThrowsExactly<ArgumentException>(() => Report(0.9, (ImageCorruption.Extra[0], [0.5])).ComputeMeanCorruptionError());
    }

    private static RobustnessReport Report(double accuracy, params (ImageCorruption Corruption, double[] Accuracies)[] results) => new(
        100, accuracy, [.. results.Select(result => new CorruptionResult(result.Corruption, [.. result.Accuracies.Select((value, i) => new SeverityResult(i + 1, value))]))]);

    private sealed class Recorder(List<int> done) : IProgress<int>
    {
        public void Report(int value) => done.Add(value);
    }
}
