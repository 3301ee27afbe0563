using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Tests.Training.Data;

[TestClass]
public sealed class PixelStatisticsTests
{
    private static readonly ConvNeXtConfig Config = new() { Depths = [1, 1, 1, 1], Widths = [4, 8, 12, 16], ClassCount = 3 };

    private static readonly ImagePreprocessing Preprocessing = ImagePreprocessing.ForSize(32);

    [TestMethod]
    public void StatisticsOfTheTrainingSet_CountEveryImageAlike_WhateverItsSize()
    {
        // A large picture of 51 (0.2) and a small one of 153 (0.6) in red; green half 0 and half 255 in both; blue never varies.
        var set = Set(Picture(40, 40, 51), Picture(4, 2, 153));
        var measured = PixelStatistics.NormalizeBy(set, Preprocessing, threads: 2, () => { });
        Assert.AreEqual(0.4f, measured.Mean.Red, 1e-6f);
        Assert.AreEqual(0.2f, measured.StandardDeviation.Red, 1e-6f);
        Assert.AreEqual(0.5f, measured.Mean.Green, 1e-6f);
        Assert.AreEqual(0.5f, measured.StandardDeviation.Green, 1e-6f);
        Assert.AreEqual(0.8f, measured.Mean.Blue, 1e-6f);
        Assert.AreEqual((float)(1 / 255.0), measured.StandardDeviation.Blue, "a channel that does not vary is not blown up");
        Assert.AreEqual(Preprocessing with { Mean = measured.Mean, StandardDeviation = measured.StandardDeviation }, measured, "nothing else changes");
    }

    [TestMethod]
    public void StatisticsOfManyImages_AreThoseOfAnEvenSample()
    {
        var read = new HashSet<int>();
        var source = new SyntheticImages(3 * PixelStatistics.MostImages, 3) { Loading = item => { lock (read) read.Add(item); } };
        PixelStatistics.NormalizeBy(new ImageSet(source, 3, isValidation: false), Preprocessing, threads: 2, () => { });
        CollectionAssert.AreEqual(Enumerable.Range(0, PixelStatistics.MostImages).Select(number => 3 * number).ToArray(), read.Order().ToArray());
    }

    [TestMethod]
    public void NormalizeByTrainingSet_IsTheResultsPreprocessing_AndLeavesOutImagesThatCannotBeRead()
    {
        var options = new TrainingOptions
        {
            Epochs = 1,
            WarmupEpochs = 0,
            BatchSize = 4,
            Preprocessing = Preprocessing,
            NormalizeByTrainingSet = true,
            SkipUnreadableImages = true,
            LoaderThreads = 3,
        };
        var broken = new SyntheticImages(6, 3) { Broken = { 5 } };
        var result = Run(options, broken);
        var expected = PixelStatistics.NormalizeBy(new ImageSet(new SyntheticImages(5, 3), 3, isValidation: false), Preprocessing, threads: 1, () => { });
        Assert.AreEqual(expected, result.Preprocessing);
        Assert.AreEqual(Preprocessing, Run(options with { NormalizeByTrainingSet = false }, broken).Preprocessing);
        Assert.AreEqual(Preprocessing, Run(options, broken, WeightInitializer.Create(Config, seed: 1)).Preprocessing, "initial weights keep the statistics that they know");
    }

    private static TrainingResult Run(TrainingOptions options, ILabeledImageSource images, WeightSet? weights = null) =>
        new TrainingSession(Config, weights, options, images).Run();

    private static ImageSet Set(params RgbImage[] pictures) => new(new Pictures(pictures), 2, isValidation: false);

    private static RgbImage Picture(int width, int height, byte red)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (red, i < pixels.Length / 2 ? (byte)0 : (byte)255, 204);
        return new RgbImage(width, height, pixels);
    }

    private sealed class Pictures(RgbImage[] pictures) : ILabeledImageSource
    {
        public int Count => pictures.Length;

        public int LabelOf(int index) => 0;

        public RgbImage Load(int index) => pictures[index];

        public string DescribeItem(int index) => $"picture {index}";
    }
}
