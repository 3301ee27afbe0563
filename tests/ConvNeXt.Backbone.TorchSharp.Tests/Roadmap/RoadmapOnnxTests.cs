using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.Tests.Engines;
using ConvNeXt.Tests.Onnx;

namespace ConvNeXt.Tests.Roadmaps;

/// <summary>The networks as ONNX files in ONNX Runtime, beside the engine.</summary>
[TestClass]
public sealed class RoadmapOnnxTests
{
    private static IEnumerable<object[]> Networks => RoadmapNetworks.Names;

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void AnExportedStep_ScoresInOnnxRuntimeAsInTheEngine(string key) => AssertEqual(RoadmapNetworks.Get(key), 96, 32);

    [TestMethod]
    [DataRow("resnet")]
    [DataRow("inverted")]
    [DataRow("depthwise-first")]
    public void WithAllItsBlocks_AQuarterAsWide_ItScoresAlike(string key) =>
        AssertEqual(Roadmap.Steps(RoadmapRegime.ResNet50, RoadmapSize.Tiny.Narrowed(4), classes: 7).Single(step => step.Key == key).Network, 64, 64);

    private static void AssertEqual(ConvNeXtConfig config, int height, int width)
    {
        const int images = 2;
        WeightSet weights = EngineInputs.Weights(config);
        float[] pixels = EngineInputs.Pixels(images, height, width), expected = new float[images * config.ClassCount];
        using (var engine = EnginePair.Torch(EngineInputs.Settings(config) with { Weights = weights })) engine.Score(pixels, images, height, width, expected);
        var options = new OnnxExportOptions { DynamicImageSize = true, NormalizedInput = true };
        using var network = new ExportedNetwork(config, weights, ImagePreprocessing.ForSize(64), options);
        float[] actual = network.Run(ToChannelsFirst(pixels, images, height * width), images, height, width).Logits;
        double distance = GoldenNetwork.RelativeDistance(expected, actual);
        Assert.IsTrue(distance < 1e-4, $"{config.Name} at {height} x {width}: off by {distance:e2}, relative.");
    }

    private static float[] ToChannelsFirst(float[] pixels, int images, int area)
    {
        var result = new float[pixels.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            int image = i / (3 * area), pixel = i / 3 % area, channel = i % 3;
            result[(((image * 3) + channel) * area) + pixel] = pixels[i];
        }
        return result;
    }
}
