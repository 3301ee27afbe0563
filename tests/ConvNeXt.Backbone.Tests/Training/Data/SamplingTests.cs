using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Tests.Training.Data;

[TestClass]
public sealed class SamplingTests
{
    [TestMethod]
    public void EpochOrder_IsASeededPermutation_AnotherOneInEachEpoch()
    {
        int[] items = [.. Enumerable.Range(10, 50)];
        int[] first = EpochOrder.Shuffle(items, seed: 3, epoch: 0);
        CollectionAssert.AreEquivalent(items, first);
        CollectionAssert.AreNotEqual(items, first);
        CollectionAssert.AreEqual(first, EpochOrder.Shuffle(items, seed: 3, epoch: 0));
        CollectionAssert.AreNotEqual(first, EpochOrder.Shuffle(items, seed: 3, epoch: 1));
        CollectionAssert.AreNotEqual(first, EpochOrder.Shuffle(items, seed: 4, epoch: 0));
    }

    [TestMethod]
    public void BatchPlan_TrainsOnEveryItem_AndValidatesWhereAsked()
    {
        var options = new TrainingOptions { Epochs = 5, WarmupEpochs = 0, BatchSize = 4, EvaluateEveryEpochs = 2 };
        var plan = new BatchPlan([.. Enumerable.Range(0, 10)], [.. Enumerable.Range(0, 5)], options, labels: new int[10]);
        var batches = Enumerable.Range(0, plan.Count).Select(number => plan[number]).ToArray();
        for (int epoch = 0; epoch < 5; epoch++)
        {
            var ofEpoch = batches.Where(batch => batch.Epoch == epoch).ToArray();
            var trained = ofEpoch.Where(batch => !batch.IsValidation).ToArray();
            CollectionAssert.AreEqual(new[] { 4, 4, 2 }, trained.Select(batch => batch.Items.Length).ToArray());
            CollectionAssert.AreEquivalent(Enumerable.Range(0, 10).ToArray(), trained.SelectMany(batch => batch.Items).ToArray());
            int[] expected = epoch is 1 or 3 or 4 ? [0, 1, 2, 3, 4] : [];
            CollectionAssert.AreEqual(expected, ofEpoch.Where(batch => batch.IsValidation).SelectMany(batch => batch.Items).ToArray(), $"epoch {epoch}");
        }
    }

    [TestMethod]
    public void RandomResizedCrop_StaysWithinItsScaleAndRatio()
    {
        var crop = new RandomResizedCrop { MinScale = 0.2, MaxScale = 0.6 };
        double smallest = 1, largest = 0;
        for (int item = 0; item < 2000; item++)
        {
            var random = new CounterRandom(1, RandomPurpose.Augmentation, 0, item);
            var area = crop.Choose(300, 200, inputRatio: 1, ref random);
            Assert.IsTrue(area.IsWithin(300, 200));
            Assert.IsTrue((double)area.Width / area.Height is > 0.73 and < 1.36, area.ToString());
            double scale = area.Width * area.Height / 60000.0;
            (smallest, largest) = (Math.Min(smallest, scale), Math.Max(largest, scale));
        }
        Assert.AreEqual(0.2, smallest, 0.01);
        Assert.AreEqual(0.6, largest, 0.01);
    }

    [TestMethod]
    [DataRow(1000, 10, 493, 0, 13, 10, DisplayName = "too wide: 4/3, centred")]
    [DataRow(10, 1000, 0, 493, 10, 13, DisplayName = "too high: 3/4, centred")]
    public void ImpossibleCrop_FallsBackToTheLargestCentredOne(int width, int height, int x, int y, int cropWidth, int cropHeight)
    {
        var random = new CounterRandom(1, RandomPurpose.Augmentation, 0, 0);
        Assert.AreEqual(new PixelArea(x, y, cropWidth, cropHeight), new RandomResizedCrop { MinScale = 0.9 }.Choose(width, height, inputRatio: 1, ref random));
    }

    [TestMethod]
    public void Augmentation_WithoutCropAndFlip_IsThePreprocessing_AndFlipMirrorsIt()
    {
        var options = new TrainingOptions { Crop = null, HorizontalFlip = 0, Preprocessing = ImagePreprocessing.ForSize(32) };
        var image = Imaging.PreprocessingTests.Noise(50, 40, seed: 5);
        float[] expected = new float[options.Preprocessing.Length], actual = new float[expected.Length], mirrored = new float[expected.Length];
        options.Preprocessing.Apply(image, expected);
        new TrainingAugmentation(options).Apply(image, 0, 0, actual);
        new TrainingAugmentation(options with { HorizontalFlip = 1 }).Apply(image, 0, 0, mirrored);
        CollectionAssert.AreEqual(expected, actual);
        for (int y = 0; y < 32; y++)
            for (int x = 0; x < 32; x++)
                for (int channel = 0; channel < 3; channel++)
                    Assert.AreEqual(expected[(y * 32 + x) * 3 + channel], mirrored[(y * 32 + 31 - x) * 3 + channel]);
    }

    [TestMethod]
    public void LabelSmoothing_SpreadsItsShareOverAllClasses()
    {
        float[] target = new float[4];
        SoftTargets.Smooth(2, 0.1, target);
        CollectionAssert.AreEqual(new[] { 0.025f, 0.025f, 0.925f, 0.025f }, target);
    }

    [TestMethod]
    public void AnyOrientation_GivesTheEightOfASquare_EachOften()
    {
        const int size = 32;
        var options = new TrainingOptions { Crop = null, AnyOrientation = true, Preprocessing = ImagePreprocessing.ForSize(size) with { ResizeMode = ResizeMode.Squash } };
        var random = new Random(1);
        byte[] pixels = new byte[size * size * 3];
        random.NextBytes(pixels);
        var image = new RgbImage(size, size, pixels);
        var augmentation = new TrainingAugmentation(options);
        float[] plain = new float[options.Preprocessing.Length];
        options.Preprocessing.Apply(image, plain);
        // Where a pixel of each orientation is from: rows and columns in either direction, swapped or not.
        var expected = (from turned in new[] { false, true } from y in new[] { false, true } from x in new[] { false, true } select Orient(plain, turned, y, x)).ToArray();
        int[] seen = new int[expected.Length];
        float[] result = new float[plain.Length];
        for (int item = 0; item < 400; item++)
        {
            augmentation.Apply(image, 0, item, result);
            seen[Array.FindIndex(expected, one => one.AsSpan().SequenceEqual(result))]++;
        }
        Assert.IsTrue(seen.All(count => count is > 30 and < 70), string.Join(' ', seen));

        static float[] Orient(float[] source, bool turned, bool fromBottom, bool fromRight)
        {
            float[] oriented = new float[source.Length];
            for (int y = 0; y < size; y++)
            {
                for (int x = 0; x < size; x++)
                {
                    (int row, int column) = turned ? (x, y) : (y, x);
                    if (fromBottom) row = size - 1 - row;
                    if (fromRight) column = size - 1 - column;
                    source.AsSpan((row * size + column) * 3, 3).CopyTo(oriented.AsSpan((y * size + x) * 3));
                }
            }
            return oriented;
        }
    }
}
