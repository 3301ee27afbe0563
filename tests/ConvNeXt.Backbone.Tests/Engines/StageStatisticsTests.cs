using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;

namespace ConvNeXt.Tests.Engines;

/// <summary>The statistics of the stages in the middle are those of their maps.</summary>
[TestClass]
public sealed class StageStatisticsTests
{
    private const int Images = 3, Height = 64, Width = 96;

    private static readonly ConvNeXtConfig _config = new() { Name = "test network", Depths = [1, 1, 2, 1], Widths = [8, 12, 20, 24], ClassCount = 3 };

    [TestMethod]
    public void Statistics_AreMeanAndDeviationOfTheMaps_AndTheFeaturesAreTheSame()
    {
        using var engine = new ManagedScoringEngine(_config, WeightInitializer.Create(_config, seed: 3));
        var random = new Random(4);
        float[] images = [.. Enumerable.Range(0, Images * Height * Width * 3).Select(_ => (random.NextSingle() * 4) - 2)];
        int length = StageStatistics.Count(_config);
        CollectionAssert.AreEqual(new[] { 12, 12, 20, 20 }, StageStatistics.Blocks(_config).ToArray());
        float[] features = new float[Images * engine.FeatureCount], plain = new float[features.Length], statistics = new float[Images * length];
        engine.Featurize(images, Images, Height, Width, features, statistics);
        engine.Featurize(images, Images, Height, Width, plain);
        CollectionAssert.AreEqual(plain, features);
        int start = 0;
        foreach (int stage in (int[])[1, 2])
        {
            var (height, width, channels) = engine.FeatureMapShape(Height, Width, stage);
            float[] map = new float[Images * height * width * channels];
            engine.FeatureMap(images, Images, Height, Width, stage, map);
            for (int image = 0; image < Images; image++)
                for (int channel = 0; channel < channels; channel++)
                {
                    int pixels = height * width, first = (image * pixels * channels) + channel;
                    double[] values = [.. Enumerable.Range(0, pixels).Select(pixel => (double)map[first + (pixel * channels)])];
                    double mean = values.Average(), deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
                    Assert.AreEqual(mean, statistics[(image * length) + start + channel], 1e-5);
                    Assert.AreEqual(deviation, statistics[(image * length) + start + channels + channel], 1e-5);
                }
            start += 2 * channels;
        }
        Assert.ThrowsExactly<ArgumentException>(() => engine.Featurize(images, Images, Height, Width, features, statistics.AsSpan(1)));
    }
}
