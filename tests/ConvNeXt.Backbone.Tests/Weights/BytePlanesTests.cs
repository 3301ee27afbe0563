using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Weights;

[TestClass]
public sealed class BytePlanesTests
{
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(63)]
    [DataRow(64)]
    [DataRow(1000)]
    public void Values_ComeBackWithTheSameBits(int count)
    {
        float[] values = RandomBits(count), joined = new float[count];
        byte[] planes = new byte[4 * count];
        BytePlanes.Split(values, planes);
        for (int i = 0; i < count; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(values[i]);
            for (int plane = 0; plane < 4; plane++) Assert.AreEqual((byte)(bits >> (8 * plane)), planes[(plane * count) + i]);
        }
        BytePlanes.Join(planes, joined);
        AssertSameBits(values, joined);
    }

    [TestMethod]
    public void Weights_OfSeveralChunks_ComeBack_FromAnyStream()
    {
        var weights = new WeightSet();
        weights.Add(new WeightTensor("large", [3, TensorDecoding.ChunkElements - 1], RandomBits(3 * (TensorDecoding.ChunkElements - 1))));
        weights.Add(new WeightTensor("small", [7], RandomBits(7)));
        using var stream = new MemoryStream();
        SafetensorsWriter.WritePlanes(stream, weights, new Dictionary<string, string> { ["key"] = "value" });
        foreach (long? length in new long?[] { null, stream.Length })
        {
            stream.Position = 0;
            WeightSet read = SafetensorsReader.ReadPlanes(stream, "planes", length, out IReadOnlyDictionary<string, string> metadata);
            Assert.AreEqual("value", metadata["key"]);
            foreach (WeightTensor tensor in weights.Tensors)
            {
                CollectionAssert.AreEqual(tensor.Shape.ToArray(), read[tensor.Name].Shape.ToArray());
                AssertSameBits(tensor.Values, read[tensor.Name].Values);
            }
        }
    }

    [TestMethod]
    public void OtherTypes_ATruncatedStream_AndAWrongLength_AreRefused()
    {
        var weights = new WeightSet();
        weights.Add(new WeightTensor("weight", [1000], RandomBits(1000)));
        using var stream = new MemoryStream();
        SafetensorsWriter.WritePlanes(stream, weights);
        byte[] bytes = stream.ToArray();
        foreach (int length in new[] { 0, 8, 40, bytes.Length - 1 })
            Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.ReadPlanes(new MemoryStream(bytes[..length]), "planes", null, out _));
        Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.ReadPlanes(new MemoryStream(bytes), "planes", bytes.Length + 4, out _));

        string path = Path.Combine(TestFolders.CreateTemporary(), "halves.safetensors");
        SafetensorsWriter.Write(path, weights, null, SafetensorsType.F16);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.ReadPlanes(new MemoryStream(File.ReadAllBytes(path)), "planes", null, out _));
        Assert.Contains("tensor 'weight' has type F16", error.Message);
    }

    private static float[] RandomBits(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)))];
    }

    private static void AssertSameBits(float[] expected, float[] actual) =>
        CollectionAssert.AreEqual(Array.ConvertAll(expected, BitConverter.SingleToInt32Bits), Array.ConvertAll(actual, BitConverter.SingleToInt32Bits));
}
