using System.Runtime.InteropServices;
using System.Text.Json;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.MLNet;
namespace ConvNeXt.Tests;

/// <summary>The exported file, read by field numbers of onnx.proto. That other software computes the same with it is shown by "bench onnx".</summary>
[TestClass]
public sealed class OnnxExportTests
{
    // ModelProto
    private const int IrVersion = 1, Graph = 7, OperatorSets = 8, Metadata = 14;

    // GraphProto
    private const int Nodes = 1, Initializers = 5, Inputs = 11, Outputs = 12;

    private static readonly Lazy<ProtobufMessage> LazyModel = new(Export);

    private static ConvNeXtClassificationTransformer Transformer => TinyModel.Transformer;

    [TestMethod]
    public void Model_HasVersions_InputAndOutput()
    {
        ProtobufMessage model = LazyModel.Value, graph = model.Message(Graph);
        Assert.AreEqual(8, model.Number(IrVersion));
        Assert.AreEqual(("", 17L), (model.Message(OperatorSets).Text(1), model.Message(OperatorSets).Number(2)));
        Assert.AreEqual("images: batch, 3, height, width", Describe(graph.Message(Inputs)));
        Assert.AreEqual($"logits: batch, {TestImages.Labels.Length}", Describe(graph.Message(Outputs)));
    }

    [TestMethod]
    public void Initializers_AreTheTrainedWeights_MatricesOfBlocksTransposed()
    {
        Dictionary<string, ProtobufMessage> tensors = LazyModel.Value.Message(Graph).Messages(Initializers).ToDictionary(tensor => tensor.Text(8));
        foreach (WeightTensor weight in Transformer.Weights.Tensors)
        {
            ProtobufMessage tensor = tensors[weight.Name];
            bool transposed = weight.Name.Contains("pwconv", StringComparison.Ordinal) && weight.Shape.Length == 2;
            long[] shape = [.. weight.Shape.Select(dimension => (long)dimension)];
            CollectionAssert.AreEqual(transposed ? [shape[1], shape[0]] : shape, tensor.Numbers(1), weight.Name);
            Assert.AreEqual(1, tensor.Number(2), "float32");
            float[] values = MemoryMarshal.Cast<byte, float>(tensor.Bytes(9)).ToArray();
            CollectionAssert.AreEqual(weight.Values, transposed ? Transpose(values, weight.Shape[1], weight.Shape[0]) : values, weight.Name);
        }
        string[] constants = [.. tensors.Where(item => item.Value.Numbers(1).Length == 0).Select(item => item.Key)];
        Assert.AreEqual(tensors.Count, Transformer.Weights.Tensors.Count + constants.Length, "every tensor is a weight or a constant");
    }

    [TestMethod]
    public void EveryValueThatANodeReads_IsThereBefore()
    {
        ProtobufMessage graph = LazyModel.Value.Message(Graph);
        var known = new HashSet<string>(graph.Messages(Initializers).Select(tensor => tensor.Text(8))) { "images" };
        foreach (ProtobufMessage node in graph.Messages(Nodes))
        {
            foreach (string input in node.Texts(1)) Assert.IsTrue(known.Contains(input), $"{node.Text(3)} reads {input}");
            foreach (string output in node.Texts(2)) Assert.IsTrue(known.Add(output), $"{output} is computed twice");
        }
        Assert.IsTrue(known.Contains("logits"));
        int blocks = Transformer.Config.Depths.Sum();
        Assert.AreEqual(1 + 3 + blocks, graph.Messages(Nodes).Count(node => node.Text(4) == "Conv"), "stem, downsampling, a depthwise convolution in each block");
    }

    [TestMethod]
    public void Metadata_TellLabelsAndPreprocessing()
    {
        Dictionary<string, string> metadata = LazyModel.Value.Messages(Metadata).ToDictionary(entry => entry.Text(1), entry => entry.Text(2));
        CollectionAssert.AreEqual(TestImages.Labels, JsonSerializer.Deserialize<string[]>(metadata["labels"]));
        Assert.AreEqual(Transformer.Preprocessing.Size.ToString(), metadata["image_size"]);
        CollectionAssert.AreEqual(new[] { 0.485f, 0.456f, 0.406f }, JsonSerializer.Deserialize<float[]>(metadata["mean"]));
        CollectionAssert.AreEqual(new[] { 0.229f, 0.224f, 0.225f }, JsonSerializer.Deserialize<float[]>(metadata["std"]));
        Assert.AreEqual("RGB", metadata["color_order"]);
    }

    private static ProtobufMessage Export()
    {
        string folder = TestFolders.CreateTemporary();
        try
        {
            string path = Path.Combine(folder, "model.onnx");
            Transformer.SaveAsOnnx(path);
            Assert.AreEqual(1, Directory.GetFiles(folder).Length, "no temporary file is left");
            return new ProtobufMessage(File.ReadAllBytes(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Name and dimensions of a ValueInfoProto: a number, or the name of a free one.</summary>
    private static string Describe(ProtobufMessage value)
    {
        ProtobufMessage tensor = value.Message(2).Message(1);
        Assert.AreEqual(1, tensor.Number(1), "float32");
        var dimensions = tensor.Message(2).Messages(1).Select(dimension => dimension.Has(1) ? $"{dimension.Number(1)}" : dimension.Text(2));
        return $"{value.Text(1)}: {string.Join(", ", dimensions)}";
    }

    private static float[] Transpose(float[] values, int rows, int columns)
    {
        var result = new float[values.Length];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column];
        return result;
    }
}
