using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Tests.Training;

/// <summary>Class weights and balanced sampling.</summary>
[TestClass]
public sealed class ClassBalanceTests
{
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 2,
        WarmupEpochs = 0,
        BatchSize = 4,
        Preprocessing = ImagePreprocessing.ForSize(32),
        Seed = 3,
    };

    [TestMethod]
    public unsafe void WeightedTargets_GiveTheLossAndGradientOfPyTorch()
    {
        // torch.nn.functional.cross_entropy(logits, targets, weight=weights) with class probabilities, PyTorch 1.13
        float[] logits = [1, -0.5f, 0.25f, 0, 2, -1], targets = [0.9f, 0.05f, 0.05f, 0.3f, 0.1f, 0.6f], gradient = new float[6];
        var weighting = ClassWeighting.Create(Options with { ClassWeights = [0.5, 2, 3] }, Set(3), 3)!;
        weighting.Apply(targets);
        double loss;
        fixed (float* source = logits, destination = gradient) loss = SoftCrossEntropy.Run(source, targets, 2, 3, 1, destination);
        Assert.AreEqual(3.348625981, loss, 1e-6);
        float[] expected = [-0.018570818f, -0.003939423f, 0.022510241f, 0.047759839f, 0.807079340f, -0.854839179f];
        for (int i = 0; i < 6; i++) Assert.AreEqual(expected[i], gradient[i], 1e-6f);
    }

    [TestMethod]
    public void BalancedWeights_AreTheReciprocalOfTheFrequency_WithMeanOneOverTheImages()
    {
        // Six images of class 0, three of class 1, one of class 2, none of class 3.
        var weighting = ClassWeighting.Create(Options with { BalancedClassWeights = true }, Set(4), 4)!;
        CollectionAssert.AreEqual(new[] { 10f / 18, 10f / 9, 10f / 3, 1f }, weighting.Weights.ToArray());
        Assert.IsNull(ClassWeighting.Create(Options, Set(4), 4));
    }

    [TestMethod]
    public void Session_GivesWeightedTargetsToTheEngine()
    {
        var sums = new List<float>();
        TrainingEngineFactory factory = settings => new RecordingEngine(settings) { Seen = batch => sums.Add(batch.Targets.AsSpan(0, 3 * batch.Count).ToArray().Sum()) };
        var options = Options with { Epochs = 1, LabelSmoothing = 0, ClassWeights = [1, 10, 100], BatchSize = 10 };
        new TrainingSession(Network(3), RecordingEngine.WeightsAfter(0), options, new Rare(), null, factory).Run();
        Assert.AreEqual(6 + 30 + 100, sums.Single(), 1e-3f);
    }

    [TestMethod]
    public void BalancedOrder_DrawsEachClassEquallyOften_AndRepetitionsUnderTheirOwnNumbers()
    {
        int[] labels = Labels;
        int[] all = [.. Enumerable.Range(0, 10)];
        var seen = new HashSet<int>();
        for (int epoch = 0; epoch < 6; epoch++)
        {
            int[] order = BalancedOrder.Create(all, labels, seed: 3, epoch);
            Assert.AreEqual(10, order.Length);
            Assert.AreEqual(10, order.Distinct().Count(), "a repetition has its own number");
            int[] counts = [.. order.Select(item => labels[item % 10]).CountBy(label => label).OrderBy(count => count.Key).Select(count => count.Value)];
            CollectionAssert.AreEquivalent(new[] { 3, 3, 4 }, counts, $"epoch {epoch}");
            Assert.AreEqual(1, order.Where(item => labels[item % 10] == 2).Select(item => item % 10).Distinct().Count(), "the one image of class 2");
            seen.UnionWith(order.Select(item => item % 10));
        }
        Assert.AreEqual(10, seen.Count, "the common class shows other images in other epochs");
        CollectionAssert.AreEqual(BalancedOrder.Create(all, labels, 3, 1), BalancedOrder.Create(all, labels, 3, 1));
        CollectionAssert.AreNotEqual(BalancedOrder.Create(all, labels, 3, 1), BalancedOrder.Create(all, labels, 3, 2));
        CollectionAssert.AreNotEqual(BalancedOrder.Create(all, labels, 3, 1), BalancedOrder.Create(all, labels, 4, 1));
    }

    [TestMethod]
    public void BalancedSampling_TrainsOnEachClassEquallyOften_EachRepetitionAugmentedAnew()
    {
        var labelCounts = new int[3];
        var images = new List<string>();
        TrainingEngineFactory factory = settings => new RecordingEngine(settings)
        {
            Seen = batch =>
            {
                for (int image = 0; image < batch.Count; image++)
                {
                    labelCounts[batch.Targets.AsSpan(3 * image, 3).IndexOf(1f)]++;
                    images.Add(string.Join(' ', batch.Images.AsSpan(image * 32 * 32 * 3, 40).ToArray()));
                }
            },
        };
        var options = Options with { Epochs = 3, LabelSmoothing = 0, BalancedSampling = true };
        new TrainingSession(Network(3), RecordingEngine.WeightsAfter(0), options, new Rare(), null, factory).Run();
        Assert.AreEqual(30, labelCounts.Sum());
        Assert.IsTrue(labelCounts.All(count => count is >= 9 and <= 12), string.Join(' ', labelCounts));
        Assert.AreEqual(30, images.Distinct().Count());
    }

    [TestMethod]
    public void OptionsThatContradict_OrDoNotFitTheClasses_AreErrors()
    {
        Fails(Options with { ClassWeights = [1, -1] }, "ClassWeights is -1; it must be at least 0");
        Fails(Options with { ClassWeights = [0, 0] }, "All ClassWeights are 0");
        Fails(Options with { ClassWeights = [1, 2], BalancedClassWeights = true }, "BalancedClassWeights");
        Fails(Options with { BalancedSampling = true, BalancedClassWeights = true }, "BalancedSampling");
        string message = Assert.ThrowsExactly<ArgumentException>(
            () => new TrainingSession(Network(3), null, Options with { ClassWeights = [1, 2] }, new Rare())).Message;
        StringAssert.Contains(message, "ClassWeights has 2 weights; the network has 3 classes");

        static void Fails(TrainingOptions options, string part)
        {
            try
            {
                options.Validate();
            }
            catch (ArgumentException error)
            {
                StringAssert.Contains(error.Message, part);
                return;
            }
            Assert.Fail($"{part} was accepted.");
        }
    }

    private static int[] Labels => [0, 1, 0, 0, 1, 0, 2, 0, 1, 0];

    private static ImageSet Set(int classCount) => new(new Rare(), classCount, isValidation: false);

    private static ConvNeXtConfig Network(int classCount) => new() { Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = classCount };

    /// <summary>Six pictures of class 0, three of class 1, one of class 2.</summary>
    private sealed class Rare : ILabeledImageSource
    {
        private readonly SyntheticImages _images = new(10, 3);

        public int Count => 10;

        public int LabelOf(int index) => Labels[index];

        public RgbImage Load(int index) => _images.Load(index);

        public string DescribeItem(int index) => $"picture {index}";
    }
}
