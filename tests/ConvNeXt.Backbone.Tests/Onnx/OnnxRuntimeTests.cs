using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines.Managed;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.Tests.Engines;
using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Tests.Onnx;

/// <summary>Exported networks computed by ONNX Runtime in this process, beside the managed engine and the official code.</summary>
[TestClass]
public sealed class OnnxRuntimeTests
{
    private const int Classes = NetworkVariants.Classes, Size = 64;

    /// <summary>Of the largest logit.</summary>
    private const double Tolerance = 1e-4;

    private static readonly ImagePreprocessing _preprocessing = ImagePreprocessing.ForSize(Size);

    private static IEnumerable<object[]> Variants => NetworkVariants.Names;

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void DynamicExport_EqualsTheManagedEngine_AtEveryBatchAndImageSize(string variant)
    {
        ConvNeXtConfig config = NetworkVariants.Get(variant);
        WeightSet weights = EngineInputs.Weights(config);
        using var network = new ExportedNetwork(config, weights, _preprocessing, new OnnxExportOptions { DynamicImageSize = true, NormalizedInput = true });
        CollectionAssert.AreEqual(new[] { -1, 3, -1, -1 }, network.InputDimensions);
        foreach ((int count, int height, int width) in new[] { (1, 64, 64), (2, 48, 40), (5, 97, 33), (3, 32, 160) })
            AssertEqual(network, config, weights, count, height, width);
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void DefaultExport_TakesAnyNumberOfImages_OfTheModelsSize(string variant)
    {
        ConvNeXtConfig config = NetworkVariants.Get(variant);
        WeightSet weights = EngineInputs.Weights(config);
        using var network = new ExportedNetwork(config, weights, _preprocessing, new OnnxExportOptions { NormalizedInput = true });
        CollectionAssert.AreEqual(new[] { -1, 3, Size, Size }, network.InputDimensions);
        foreach (int count in new[] { 1, 2, 7 }) AssertEqual(network, config, weights, count, Size, Size);
        Assert.ThrowsExactly<OnnxRuntimeException>(() => network.Run(new float[3 * 96 * 96], 1, 96, 96));
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void FixedBatch_TakesThatNumberOfImagesOnly(string variant)
    {
        const int count = 3;
        ConvNeXtConfig config = NetworkVariants.Get(variant);
        WeightSet weights = EngineInputs.Weights(config);
        using var network = new ExportedNetwork(config, weights, _preprocessing, new OnnxExportOptions { BatchSize = count, NormalizedInput = true });
        CollectionAssert.AreEqual(new[] { count, 3, Size, Size }, network.InputDimensions);
        CollectionAssert.AreEqual(new[] { count, Classes }, network.Session.OutputMetadata["probabilities"].Dimensions);
        AssertEqual(network, config, weights, count, Size, Size);
        Assert.ThrowsExactly<OnnxRuntimeException>(() => network.Run(new float[3 * Size * Size], 1, Size, Size));
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void FixedBatchOfImagesOfAnySize_IsPossible(string variant)
    {
        ConvNeXtConfig config = NetworkVariants.Get(variant);
        WeightSet weights = EngineInputs.Weights(config);
        var options = new OnnxExportOptions { BatchSize = 2, DynamicImageSize = true, NormalizedInput = true };
        using var network = new ExportedNetwork(config, weights, _preprocessing, options);
        CollectionAssert.AreEqual(new[] { 2, 3, -1, -1 }, network.InputDimensions);
        AssertEqual(network, config, weights, 2, 48, 80);
    }

    [TestMethod]
    [DataRow(ResizeMode.ShorterSideThenCenterCrop)]
    [DataRow(ResizeMode.Squash)]
    public void PixelInput_IsNormalizedByTheGraph_AsThePreprocessingDoesIt(ResizeMode resizeMode)
    {
        ImagePreprocessing preprocessing = _preprocessing with
        {
            ResizeMode = resizeMode,
            Mean = new RgbTriple(0.48f, 0.31f, 0.62f),
            StandardDeviation = new RgbTriple(0.27f, 0.12f, 0.21f),
        };
        var random = new Random(5);
        var picture = new RgbImage(90, 71, new byte[90 * 71 * 3]);
        random.NextBytes(picture.Pixels);
        float[] normalized = new float[preprocessing.Length], planes = new float[preprocessing.Length];
        preprocessing.Apply(picture, normalized);
        preprocessing.ToPlanes(picture, planes);
        Assert.IsTrue(planes.Max() > 200 && planes.All(value => value is >= 0 and <= 255 && value == MathF.Round(value)), "pixel values");

        ConvNeXtConfig config = NetworkVariants.Get("V1");
        WeightSet weights = EngineInputs.Weights(config);
        using var network = new ExportedNetwork(config, weights, preprocessing);
        using var normalizedNetwork = new ExportedNetwork(config, weights, preprocessing, new OnnxExportOptions { NormalizedInput = true });
        float[] expected = Score(config, weights, normalized, 1, Size, Size), logits = network.Run(planes, 1, Size, Size).Logits;
        AssertClose(expected, logits, "the managed engine");
        CollectionAssert.AreEqual(normalizedNetwork.Run(ToPlanes(normalized, 1, Size * Size), 1, Size, Size).Logits, logits, "normalized outside, to the bit");
    }

    [TestMethod]
    [DynamicData(nameof(GoldenNetwork.Names), typeof(GoldenNetwork))]
    public void Export_EqualsTheOfficialNetwork(string name)
    {
        ConvNeXtConfig config = GoldenNetwork.Config(name);
        var options = new OnnxExportOptions { DynamicImageSize = true, NormalizedInput = true };
        using var network = new ExportedNetwork(config, GoldenNetwork.Weights(name), _preprocessing, options);
        using var cases = SafetensorsFile.Open(GoldenNetwork.File("forward", $"{name}.cases.safetensors"));
        SafetensorsEntry[] inputs = [.. cases.Entries.Where(entry => entry.Name.EndsWith(".input", StringComparison.Ordinal))];
        Assert.AreNotEqual(0, inputs.Length);
        foreach (SafetensorsEntry input in inputs)
        {
            float[] logits = network.Run(cases.ReadSingles(input.Name), input.Shape[0], input.Shape[2], input.Shape[3]).Logits;
            string tag = input.Name[..^".input".Length];
            AssertClose([.. cases.ReadDoubles($"{tag}.logits_f64").Select(value => (float)value)], logits, $"{name} {tag}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void Int8Export_IsNearTheEngine_AndSmaller(string variant)
    {
        const double tolerance = 0.15;
        ConvNeXtConfig config = NetworkVariants.Get(variant);
        WeightSet weights = EngineInputs.Weights(config);
        float[] images = EngineInputs.Pixels(2, Size, Size);
        float[] expected = Score(config, weights, images, 2, Size, Size);
        using var network = new ExportedNetwork(config, weights, _preprocessing, new OnnxExportOptions { NormalizedInput = true });
        using var rounded = new ExportedNetwork(config, weights, _preprocessing, new OnnxExportOptions { NormalizedInput = true, Int8 = true });
        float[] logits = rounded.Run(ToPlanes(images, 2, Size * Size), 2, Size, Size).Logits;
        double difference = GoldenNetwork.Difference([.. expected.Select(value => (double)value)], logits), largest = expected.Max(MathF.Abs);
        Console.WriteLine($"{variant}: {difference / largest:0.0000} of the largest logit; {rounded.Bytes} of {network.Bytes} bytes");
        Assert.IsInRange(1e-6, tolerance, difference / largest, "Rounded, and not much.");
        Assert.IsLessThan(network.Bytes, rounded.Bytes);
        Assert.AreEqual("int8", rounded.Session.ModelMetadata.CustomMetadataMap["products"]);
    }

    private static void AssertEqual(ExportedNetwork network, ConvNeXtConfig config, WeightSet weights, int count, int height, int width)
    {
        float[] images = EngineInputs.Pixels(count, height, width);
        float[] expected = Score(config, weights, images, count, height, width);
        (float[] logits, float[] probabilities) = network.Run(ToPlanes(images, count, height * width), count, height, width);
        AssertClose(expected, logits, $"{config.Name}, {count} x {height} x {width}");
        Assert.AreEqual(logits.Length, probabilities.Length);
        for (int image = 0; image < count; image++)
        {
            double sum = logits.Skip(image * Classes).Take(Classes).Sum(logit => Math.Exp(logit));
            for (int i = image * Classes; i < (image + 1) * Classes; i++) Assert.AreEqual(Math.Exp(logits[i]) / sum, probabilities[i], 1e-6);
        }
    }

    private static void AssertClose(float[] expected, float[] actual, string what)
    {
        double difference = GoldenNetwork.Difference([.. expected.Select(value => (double)value)], actual), largest = expected.Max(MathF.Abs);
        Console.WriteLine($"{what}: {difference:e1} of {largest:0.###}");
        Assert.IsTrue(difference <= Tolerance * largest, $"{what}: logits are off by {difference:e2}, the largest is {largest}.");
    }

    private static float[] Score(ConvNeXtConfig config, WeightSet weights, float[] images, int count, int height, int width)
    {
        using var engine = new ManagedScoringEngine(config, weights);
        var logits = new float[count * config.ClassCount];
        engine.Score(images, count, height, width, logits);
        return logits;
    }

    /// <summary>[count, pixels, 3] to [count, 3, pixels].</summary>
    private static float[] ToPlanes(float[] images, int count, int pixels)
    {
        var planes = new float[images.Length];
        for (int image = 0; image < count; image++)
        {
            for (int pixel = 0; pixel < pixels; pixel++)
                for (int channel = 0; channel < 3; channel++) planes[(image * 3 + channel) * pixels + pixel] = images[(image * pixels + pixel) * 3 + channel];
        }
        return planes;
    }
}
