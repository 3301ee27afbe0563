using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training.FineTuning;

[TestClass]
public sealed class LearningRateFinderTests
{
    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [8, 16, 24, 32], ClassCount = 3, LayerScaleInit = 0.1f };

    private static readonly TrainingOptions Options = new() { BatchSize = 8, Preprocessing = ImagePreprocessing.ForSize(32), Seed = 5 };

    private static readonly LearningRateFinderOptions Sweep = new() { SmallestLearningRate = 1e-5, LargestLearningRate = 1, Steps = 11, Smoothing = 0 };

    [TestMethod]
    public void Rates_RiseExponentially_OneForEachStep()
    {
        RecordingEngine? engine = null;
        var initial = RecordingEngine.WeightsAfter(0);
        var result = new LearningRateFinder(Config, initial, Options, new SyntheticImages(10, 3), Sweep, settings => engine = new RecordingEngine(settings)).Run();
        Assert.AreEqual(11, engine!.LearningRates.Count);
        for (int step = 0; step < 11; step++) Assert.AreEqual(Math.Pow(10, -5 + (0.5 * step)), engine.LearningRates[step], 1e-9);
        CollectionAssert.AreEqual(engine.LearningRates, result.Points.Select(point => point.LearningRate).ToArray());
        Assert.IsTrue(engine.Disposed);
        Assert.IsNull(result.Suggestion, "the loss never fell");
        Assert.IsFalse(result.Diverged);
    }

    [TestMethod]
    public void Suggestion_IsATenthOfTheRateWithTheLeastLoss_AndTheSteepestFallIsTold()
    {
        double[] losses = [4, 3.9, 3.5, 2, 1.5, 1.2, 1, 1.4, 2.9, 3.1, 9];
        var result = LearningRateFinderResult.Of(losses, Sweep);
        Assert.AreEqual(1e-2, result.LeastLossLearningRate, 1e-12);
        Assert.AreEqual(1e-3, result.Suggestion!.Value, 1e-12);
        Assert.AreEqual(Math.Pow(10, -3.5), result.SteepestLearningRate!.Value, 1e-12);
        Assert.IsTrue(result.Diverged);
        Assert.AreEqual(10, result.Points.Length, "3.1 is more than three times the least loss; nothing after it counts");
        Assert.IsFalse(LearningRateFinderResult.IsOver(losses[..9], Sweep));
        Assert.IsTrue(LearningRateFinderResult.IsOver(losses[..10], Sweep));
    }

    [TestMethod]
    public void SmoothedLoss_IsAMovingAverage_CorrectedForItsStart()
    {
        var points = LearningRateFinderResult.Of([2, 4, 1], Sweep with { Smoothing = 0.5 }).Points;
        Assert.AreEqual(2, points[0].SmoothedLoss, 1e-12);
        Assert.AreEqual(((0.5 * 2) + 4) / 1.5, points[1].SmoothedLoss, 1e-12);
        Assert.AreEqual(((0.25 * 2) + (0.5 * 4) + 1) / 1.75, points[2].SmoothedLoss, 1e-12);
    }

    [TestMethod]
    public void LossThatIsNotFinite_EndsTheTest_AndIsNoError()
    {
        RecordingEngine? engine = null;
        var finder = new LearningRateFinder(
            Config, RecordingEngine.WeightsAfter(0), Options, new SyntheticImages(10, 3), Sweep, settings => engine = new RecordingEngine(settings) { LossOf = _ => double.NaN });
        var result = finder.Run();
        Assert.IsTrue(result.Diverged);
        Assert.AreEqual(0, result.Points.Length);
        Assert.IsNull(result.Suggestion);
        Assert.AreEqual(0, engine!.LearningRates.Count);
    }

    [TestMethod]
    public void NormThatIsNotFinite_EndsTheTest_AndIsNoError()
    {
        var finder = new LearningRateFinder(
            Config, RecordingEngine.WeightsAfter(0), Options, new SyntheticImages(10, 3), Sweep, settings => new RecordingEngine(settings) { Norm = double.PositiveInfinity });
        var result = finder.Run();
        Assert.IsTrue(result.Diverged);
        Assert.AreEqual(1, result.Points.Length);
    }

    [TestMethod]
    public void LinearProbe_IsTestedOnItsFeatures()
    {
        int engines = 0;
        var finder = new LearningRateFinder(
            Config,
            WeightInitializer.Create(Config, seed: 9),
            Options with { LinearProbe = true },
            new SyntheticImages(48, 3),
            sweep: null,
            _ => throw new InvalidOperationException("trains the backbone"),
            (config, weights) =>
            {
                engines++;
                return new ManagedScoringEngine(config, weights);
            });
        Assert.IsNotNull(finder.Run().Suggestion);
        Assert.AreEqual(1, engines);
    }

    [TestMethod]
    public void RealNetwork_GetsARateThatItLearnsWith_AndItsWeightsStay()
    {
        WeightSet initial = WeightInitializer.Create(Config, seed: 9);
        WeightSet before = WeightInitializer.Create(Config, seed: 9);
        var result = new LearningRateFinder(Config, initial, Options, new SyntheticImages(48, 3)).Run();
        foreach (WeightTensor tensor in before.Tensors) CollectionAssert.AreEqual(tensor.Values, initial[tensor.Name].Values, tensor.Name);
        Assert.IsTrue(result.Suggestion is > 1e-4 and < 0.2, $"{result.Suggestion}");

        double suggested = Train(result.Suggestion.Value), small = Train(result.Suggestion.Value / 100);
        Assert.IsTrue(suggested < 0.8 * small, $"loss {suggested}, with a hundredth of the rate {small}");

        double Train(double rate) => new TrainingSession(
            Config, initial, Options with { Epochs = 4, WarmupEpochs = 0, LearningRate = rate, MinLearningRate = 0, LabelSmoothing = 0 }, new SyntheticImages(48, 3)).Run().Epochs[^1].TrainLoss;
    }

    [TestMethod]
    public void Cancellation_IsAnException()
    {
        using var source = new CancellationTokenSource();
        var finder = new LearningRateFinder(
            Config, RecordingEngine.WeightsAfter(0), Options, new SyntheticImages(10, 3), Sweep,
            settings => new RecordingEngine(settings) { Accumulating = batch => source.Cancel() });
        Assert.ThrowsExactly<OperationCanceledException>(() => finder.Run(null, source.Token));
    }

    [TestMethod]
    public void OptionsOutOfRange_AreNamed()
    {
        Expect(Sweep with { SmallestLearningRate = 0 }, nameof(Sweep.SmallestLearningRate));
        Expect(Sweep with { LargestLearningRate = 1e-6 }, nameof(Sweep.LargestLearningRate));
        Expect(Sweep with { Steps = 9 }, nameof(Sweep.Steps));
        Expect(Sweep with { Smoothing = 1 }, nameof(Sweep.Smoothing));
        Expect(Sweep with { DivergenceFactor = 1 }, nameof(Sweep.DivergenceFactor));

        static void Expect(LearningRateFinderOptions options, string name) =>
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(options.Validate).ParamName);
    }
}
