using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.FineTuning;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training.FineTuning;

[TestClass]
public sealed class SolvedHeadTests
{
    private const int Size = 32;

    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [8, 16, 24, 32], ClassCount = 3, LayerScaleInit = 0.5f };

    private static readonly TrainingOptions Options = new()
    {
        Epochs = 2,
        WarmupEpochs = 0,
        LearningRate = 1e-12,
        MinLearningRate = 0,
        BatchSize = 8,
        Preprocessing = ImagePreprocessing.ForSize(Size),
        Crop = null,
        Seed = 5,
        SolveHead = true,
    };

    [TestMethod]
    public void Gradient_IsThatOfFiniteDifferences()
    {
        var random = new Random(1);
        const int rows = 7, length = 4, classes = 3;
        double[] features = [.. Enumerable.Range(0, rows * length).Select(_ => random.NextDouble() - 0.5)], targets = new double[rows * classes];
        for (int row = 0; row < rows; row++) (targets[(row * classes) + (row % classes)], targets[(row * classes) + ((row + 1) % classes)]) = (0.8, 0.2);
        var problem = new LogisticRegression(features, targets, classes);
        double[] at = [.. Enumerable.Range(0, problem.ParameterCount).Select(_ => random.NextDouble() - 0.5)], gradient = new double[at.Length], other = new double[at.Length];
        problem.Evaluate(0.3, at, gradient);
        for (int i = 0; i < at.Length; i++)
        {
            const double step = 1e-5;
            double value = at[i];
            at[i] = value + step;
            double above = problem.Evaluate(0.3, at, other);
            at[i] = value - step;
            double below = problem.Evaluate(0.3, at, other);
            at[i] = value;
            Assert.AreEqual((above - below) / (2 * step), gradient[i], 1e-8, $"parameter {i}");
        }
    }

    [TestMethod]
    public void Solution_HasNoSlope_AndIsTheSameFromAnyStart()
    {
        var random = new Random(2);
        const int rows = 40, length = 5, classes = 4;
        double[] features = [.. Enumerable.Range(0, rows * length).Select(_ => (random.NextDouble() - 0.5) * 3)], targets = new double[rows * classes];
        for (int row = 0; row < rows; row++) targets[(row * classes) + random.Next(classes)] = 1;
        var problem = new LogisticRegression(features, targets, classes);
        double[] one = new double[problem.ParameterCount], other = [.. one.Select(_ => random.NextDouble() * 4)], gradient = new double[one.Length];
        Assert.AreEqual(problem.Solve(0.05, one), problem.Solve(0.05, other), 1e-9);
        problem.Evaluate(0.05, one, gradient);
        Assert.IsLessThan(1e-4, gradient.Max(Math.Abs));
        for (int i = 0; i < classes * length; i++) Assert.AreEqual(one[i], other[i], 1e-3);
    }

    [TestMethod]
    public void Head_SeparatesWhatItsFeaturesSeparate_WhateverTheirScale()
    {
        var random = new Random(3);
        int[] labels = [.. Enumerable.Range(0, 60).Select(i => i % 3)];
        // One feature tells each class; their scales differ by a factor of a million, and the last one is constant.
        float[][] features = [.. labels.Select(label => new[]
        {
            (label == 0 ? 1000f : 0) + (float)(random.NextDouble() * 100), ((label == 1 ? 1 : 0) + (float)(random.NextDouble() * 0.1)) * 1e-3f, (float)random.NextDouble(), 7,
        })];
        SolvedHead head = SolvedHead.Fit(features, labels, 3, seed: 1);
        Assert.AreEqual(1, head.Accuracy);
        for (int i = 0; i < labels.Length; i++) Assert.AreEqual(labels[i], Predict(head, features[i], 3));
    }

    [TestMethod]
    public void Noise_GetsAStrongPenalty_AndTheFoldsSayThatNothingWasLearned()
    {
        var random = new Random(4);
        float[][] features = [.. Enumerable.Range(0, 90).Select(_ => Enumerable.Range(0, 50).Select(_ => random.NextSingle()).ToArray())];
        SolvedHead head = SolvedHead.Fit(features, [.. features.Select(_ => random.Next(3))], 3, seed: 1);
        Assert.AreEqual(1, head.Penalty);
        Assert.IsLessThan(0.55, head.Accuracy);
    }

    [TestMethod]
    public void Cancellation_WhileAHeadIsFitted_IsThrownAsItIs()
    {
        float[][] features = [.. Enumerable.Range(0, 20).Select(i => new[] { i, i % 3f })];
        int[] labels = [.. Enumerable.Range(0, 20).Select(i => i % 2)];
        Assert.ThrowsExactly<OperationCanceledException>(() => SolvedHead.Fit(features, labels, 2, seed: 1, () => throw new OperationCanceledException()));
        Assert.ThrowsExactly<OperationCanceledException>(() => HeadData.ForEachFold(4, _ => throw new OperationCanceledException()));
    }

    [TestMethod]
    public void ClassWithOneImage_IsSolved() =>
        Assert.AreEqual(6, SolvedHead.Fit([[0, 1], [0, 2], [5, 1], [5, 2], [5, 3], [9, 9]], [0, 0, 1, 1, 1, 2], 3, seed: 1).Weight.Length);

    [TestMethod]
    public void Run_StartsWithTheSolvedHead_AndLeavesTheGivenWeightsAlone()
    {
        var images = new SyntheticImages(18, Config.ClassCount);
        WeightSet weights = WeightInitializer.Create(Config, 9);
        float[] before = [.. weights["head.weight"].Values];
        double accuracy = -1;
        TrainingResult result = new TrainingSession(Config, weights, Options, images).Run(new TrainingCallbacks { HeadSolved = (value, _) => accuracy = value });

        CollectionAssert.AreEqual(before, weights["head.weight"].Values);
        using var engine = new ManagedScoringEngine(Config, weights, new EngineOptions());
        float[][] features = [.. Enumerable.Range(0, images.Count).Select(item => Features(engine, images, item))];
        SolvedHead expected = SolvedHead.Fit(features, [.. Enumerable.Range(0, images.Count).Select(images.LabelOf)], Config.ClassCount, Options.Seed);
        Assert.AreEqual(expected.Accuracy, accuracy);
        for (int i = 0; i < before.Length; i++) Assert.AreEqual(expected.Weight[i], result.Weights["head.weight"].Values[i], 1e-4f);
    }

    [TestMethod]
    public void LinearProbe_StartsWithTheSolvedHead()
    {
        var images = new SyntheticImages(18, Config.ClassCount);
        WeightSet weights = WeightInitializer.Create(Config, 9);
        TrainingResult whole = new TrainingSession(Config, weights, Options, images).Run(), probe = new TrainingSession(Config, weights, Options with { LinearProbe = true }, images).Run();
        for (int i = 0; i < 96; i++) Assert.AreEqual(whole.Weights["head.weight"].Values[i], probe.Weights["head.weight"].Values[i], 1e-4f);
    }

    [TestMethod]
    [DataRow(162, 20, true, true)]
    [DataRow(163, 20, true, false)]
    [DataRow(162, 20, false, false)]
    [DataRow(3, 199, true, true)]
    [DataRow(3, 200, true, false)]
    public void ShortRun_SolvesTheHead_OfTrainedWeights(int images, int epochs, bool isTrained, bool isSolved)
    {
        TrainingOptions options = Recipe.FewImages.WithEpochs(epochs).Training with { BatchSize = 18 };
        TrainingOptions decided = options.DecideHead(images, isTrained);
        Assert.AreEqual(isSolved, decided.SolveHead, $"{BatchPlan.StepsOfRun(options, images)} steps");
        Assert.IsTrue((options with { SolveHead = true }).DecideHead(images, isTrained).SolveHead);
        Assert.AreEqual(0, decided.SolveHeadBelowSteps);
    }

    [TestMethod]
    [DataRow(2.0, true, DisplayName = "time for fewer than thirty steps")]
    [DataRow(0.001, false, DisplayName = "time for all")]
    public void TimeLimit_SolvesTheHead_WhereItAllowsFewSteps(double secondsAStep, bool isSolved)
    {
        bool solved = false;
        Timed(secondsAStep, checkpoints: null).Run(new TrainingCallbacks { HeadSolved = (_, _) => solved = true });
        Assert.AreEqual(isSolved, solved);
    }

    [TestMethod]
    [DataRow(2.0, 0.001)]
    [DataRow(0.001, 2.0)]
    public void TimeLimit_OfARunThatIsResumed_DecidesNothing_HoweverFastTheMachineIs(double secondsAStep, double afterwards)
    {
        string folder = Directory.CreateTempSubdirectory("convnext-tests-").FullName;
        try
        {
            using var source = new CancellationTokenSource();
            var checkpoints = new CheckpointOptions { Folder = folder, Resume = true };
            TrainingResult first = Timed(secondsAStep, checkpoints).Run(new TrainingCallbacks { Step = _ => source.Cancel() }, source.Token);
            Assert.IsTrue(first.Cancelled);
            bool resumed = false;
            Timed(afterwards, checkpoints).Run(new TrainingCallbacks { Resumed = _ => resumed = true, HeadSolved = (_, _) => Assert.Fail("solved again") });
            Assert.IsTrue(resumed);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void DefaultRun_HasAFreshHead_HoweverFewImages() => Assert.IsFalse(Recipe.FewImages.Training.DecideHead(4, isTrained: true).SolveHead);

    [TestMethod]
    public void SmallSet_TrainsForTheLeastNumberOfSteps()
    {
        int steps = 0;
        var images = new SyntheticImages(18, Config.ClassCount);
        TrainingResult result = new TrainingSession(Config, null, Options with { SolveHead = false, MinSteps = 10, LearningRate = 1e-3 }, images)
            .Run(new TrainingCallbacks { Step = _ => steps++ });
        Assert.AreEqual(12, steps); // four epochs of three steps
        Assert.HasCount(4, result.Epochs);
    }

    [TestMethod]
    [DataRow(9, true)]
    [DataRow(10, false)]
    public void FewValidationImages_ChooseNoEpoch(int least, bool choose)
    {
        SyntheticImages images = new SyntheticImages(18, Config.ClassCount), validation = new SyntheticImages(9, Config.ClassCount);
        // The loss on the training set falls, so the first epoch is worse than the last; with accuracies that are equal, the loss decides.
        var options = Options with { SolveHead = false, Epochs = 6, LearningRate = 0.5, MinImagesToChooseEpoch = least, SelectionMetric = SelectionMetric.Loss };
        TrainingResult result = new TrainingSession(Config, null, options, images, validation).Run();
        int best = result.Epochs.MinBy(epoch => epoch.Validation!.Loss)!.Epoch;
        Assert.AreNotEqual(6, best, "the test needs a run whose last epoch is not its best");
        Assert.AreEqual(choose ? best : 6, result.BestEpoch!.Epoch);
    }

    private static float[] Features(ManagedScoringEngine engine, SyntheticImages images, int item)
    {
        float[] pixels = new float[Options.Preprocessing.Length], features = new float[engine.FeatureCount];
        using RgbImage image = images.Load(item);
        Options.Preprocessing.Apply(image, pixels);
        engine.Featurize(pixels, 1, Size, Size, features);
        return features;
    }

    private static int Predict(SolvedHead head, float[] features, int classes)
    {
        float[] logits = [.. Enumerable.Range(0, classes).Select(label => head.Bias[label] + features.Select((value, i) => value * head.Weight[(label * features.Length) + i]).Sum())];
        return Array.IndexOf(logits, logits.Max());
    }

    private static TrainingSession Timed(double secondsAStep, CheckpointOptions? checkpoints)
    {
        TrainingOptions options = Options with { SolveHead = false, SolveHeadBelowSteps = 100, MinSteps = 120, MaxTrainingTime = TimeSpan.FromSeconds(60) };
        return new TrainingSession(Config, WeightInitializer.Create(Config, 9), options, new SyntheticImages(18, Config.ClassCount))
        {
            Checkpoints = checkpoints,
            Time = new TickingTime(TimeSpan.FromSeconds(secondsAStep)),
        };
    }

    /// <summary>A clock that advances whenever it is read.</summary>
    private sealed class TickingTime(TimeSpan each) : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += each.Ticks;
    }
}
