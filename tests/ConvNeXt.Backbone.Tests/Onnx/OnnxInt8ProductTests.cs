using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace ConvNeXt.Tests.Onnx;

/// <summary>A single product of 8-bit numbers in ONNX Runtime, and what cannot have such products.</summary>
[TestClass]
public sealed class OnnxInt8ProductTests
{
    private const int Inputs = 64;

    [TestMethod]
    public void LargestInputsAndWeights_AreNotCutOff()
    {
        // Processors without VNNI add pairs of products in 16 bits.
        float[] weights = [.. Enumerable.Repeat(0.5f, Inputs), .. Enumerable.Repeat(-0.25f, Inputs)];
        float[] product = Multiply([.. Enumerable.Repeat(3f, Inputs)], weights, outputs: 2);
        Assert.AreEqual(96f, product[0], 0.01f);
        Assert.AreEqual(-48f, product[1], 0.01f);
    }

    [TestMethod]
    public void Product_IsWithinTheRounding_OfTheExactOne()
    {
        const int outputs = 5;
        var random = new Random(1);
        float[] x = [.. Enumerable.Range(0, Inputs).Select(_ => (random.NextSingle() * 3) - 1)];
        float[] weights = [.. Enumerable.Range(0, outputs * Inputs).Select(i => (random.NextSingle() - 0.5f) * (1 + (i / Inputs)))];
        float[] product = Multiply(x, weights, outputs);
        for (int output = 0; output < outputs; output++)
        {
            double exact = Enumerable.Range(0, Inputs).Sum(i => (double)x[i] * weights[(output * Inputs) + i]);

            // Half a step of each input and weight, times the largest value of the other.
            double bound = Inputs * ((0.5 * 3 / 255 * 0.5 * (1 + output)) + (0.5 * 0.5 * (1 + output) / 64 * 2));
            Assert.AreEqual(exact, product[output], bound);
            Assert.AreNotEqual((float)exact, product[output], "Rounded.");
        }
    }

    [TestMethod]
    public void AnOutputWithoutWeights_IsZero() => Assert.AreEqual(0f, Multiply([.. Enumerable.Repeat(1f, Inputs)], new float[Inputs], outputs: 1)[0]);

    [TestMethod]
    public void ANetworkWithOtherLayers_IsRefused()
    {
        ConvNeXtConfig config = Roadmap.Steps(RoadmapRegime.ResNet50, RoadmapSize.Tiny.Narrowed(16), classes: 2)[0].Network;
        string file = Path.Combine(Path.GetTempPath(), "refused.onnx");
        var error = Assert.ThrowsExactly<ArgumentException>(() => OnnxWriter.Write(
            file, config, new WeightSet(), ImagePreprocessing.ForSize(64), options: new OnnxExportOptions { Int8 = true }));
        Assert.Contains("Int8", error.Message);
        Assert.IsFalse(File.Exists(file));
    }

    private static float[] Multiply(float[] x, float[] weights, int outputs)
    {
        var graph = new OnnxGraph();
        string product = OnnxInt8Product.Add(graph, "x", new WeightTensor("weight", [outputs, Inputs], weights), "layer");
        OnnxMessage model = new OnnxMessage().Add(1, 8).Add(8, OnnxMessages.OperatorSet(18));
        using var file = new MemoryStream();
        graph.Write(file, model, 7, "product", OnnxMessages.FloatTensor("x", 1, Inputs), OnnxMessages.FloatTensor(product, 1, outputs));
        using var session = new InferenceSession(file.ToArray());
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(x, [1, Inputs]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["x"], [input], [product]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
