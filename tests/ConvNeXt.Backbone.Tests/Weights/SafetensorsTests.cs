using System.Buffers.Binary;
using System.Text;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Weights;

[TestClass]
public sealed class SafetensorsTests
{
    [TestMethod]
    public void WrittenWeights_AreReadBack_InOrder_WithMetadata()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "w.safetensors");
        SafetensorsWriter.Write(path, TwoTensors(), new Dictionary<string, string> { ["b"] = "zwei \"2\"", ["a"] = "1" });

        var read = SafetensorsReader.Read(path, out var metadata);

        CollectionAssert.AreEqual(new[] { "z.weight", "a" }, read.Tensors.Select(tensor => tensor.Name).ToArray());
        CollectionAssert.AreEqual(new[] { 2, 3 }, read["z.weight"].Shape.ToArray());
        CollectionAssert.AreEqual(TwoTensors()["z.weight"].Values, read["z.weight"].Values);
        Assert.AreEqual(0, read["a"].Shape.Length);
        Assert.AreEqual("zwei \"2\"", metadata["b"]);
        Assert.AreEqual(1, Directory.GetFiles(Path.GetDirectoryName(path)!).Length, "no temporary file is left");
    }

    [TestMethod]
    public void SameWeights_GiveTheSameBytes_AndDataAligned()
    {
        byte[] first = Bytes(TwoTensors()), second = Bytes(TwoTensors());
        CollectionAssert.AreEqual(first, second);
        Assert.AreEqual(0, BinaryPrimitives.ReadInt64LittleEndian(first) % 8);
    }

    [TestMethod]
    public void StreamThatCannotSeek_IsReadFromItsPosition()
    {
        using var stream = new ForwardOnlyStream(Bytes(TwoTensors()));
        CollectionAssert.AreEqual(TwoTensors()["z.weight"].Values, SafetensorsReader.Read(stream, "entry")["z.weight"].Values);
    }

    [TestMethod]
    public void HalfBfloatAndDouble_BecomeFloat32()
    {
        byte[] data = new byte[12];
        BinaryPrimitives.WriteHalfLittleEndian(data, (Half)1.5);
        BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(2), (short)(BitConverter.SingleToInt32Bits(-2.5f) >> 16));
        BinaryPrimitives.WriteDoubleLittleEndian(data.AsSpan(4), 0.1);
        var read = SafetensorsReader.Read(new MemoryStream(File("""
            {"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]},"d":{"dtype":"F64","shape":[1],"data_offsets":[4,12]}}
            """, data)), "mixed");
        Assert.AreEqual((1.5f, -2.5f, 0.1f), (read["h"].Values[0], read["b"].Values[0], read["d"].Values[0]));
    }

    [TestMethod]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "needs 8 bytes", DisplayName = "shape and range differ")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "overlap", DisplayName = "overlap")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "gap", DisplayName = "gap")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 6, "6 bytes follow", DisplayName = "trailing bytes")]
    [DataRow("""{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}""", 8, "8 bytes follow", DisplayName = "truncated data")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "JSON", DisplayName = "duplicate name")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}}""", 4, "larger than any file", DisplayName = "overflow")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "dimension -1", DisplayName = "negative dimension")]
    [DataRow("""{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4, "'F31'", DisplayName = "unknown type")]
    [DataRow("""{"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}""", 4, "I32", DisplayName = "integer weights")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "data_offsets", DisplayName = "no offsets")]
    [DataRow("""{"__metadata__":{"a":1}}""", 0, "__metadata__", DisplayName = "metadata not strings")]
    [DataRow("""[1]""", 0, "begin with '{'", DisplayName = "no object")]
    [DataRow("""{"a":""", 0, "JSON", DisplayName = "broken JSON")]
    public void DamagedFile_IsRefused_NamingIt(string header, int dataBytes, string expected)
    {
        byte[] file = File(header, new byte[dataBytes]);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(new MemoryStream(file), "broken.safetensors"));
        StringAssert.Contains(error.Message, expected);
        StringAssert.Contains(error.Message, "broken.safetensors");
    }

    [TestMethod]
    public void HugeClaims_AreRefused_BeforeMemoryIsTaken()
    {
        byte[] hugeHeader = new byte[100];
        BinaryPrimitives.WriteInt64LittleEndian(hugeHeader, 99_000_000_000);
        Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(new MemoryStream(hugeHeader), "x"));

        byte[] hugeTensor = File("""{"a":{"dtype":"F32","shape":[2000000000],"data_offsets":[0,8000000000]}}""", new byte[64]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(new ForwardOnlyStream(hugeTensor), "x"));
        Assert.IsTrue(GC.GetAllocatedBytesForCurrentThread() - before < 10_000_000);
    }

    [TestMethod]
    public void GoldenBatch_HasTypedTensors()
    {
        using var file = SafetensorsFile.Open(TestFolders.Shared("golden", "train", "fb_v1_small.batch.safetensors"));
        Assert.IsTrue(file.ReadInt64s("labels").All(label => label is >= 0 and < 10));
        Assert.AreEqual(file.ReadDoubles("targets_f64")[0], file.ReadSingles("targets")[0], 1e-7);
        Assert.ThrowsExactly<InvalidDataException>(() => file.ReadSingles("labels"));
        Assert.ThrowsExactly<KeyNotFoundException>(() => file.ReadSingles("nothing"));
    }

    [TestMethod]
    public void GoldenWeights_OfAllTypes_AreRead()
    {
        using var file = SafetensorsFile.Open(TestFolders.Shared("golden", "state_dict", "dtypes.expected.safetensors"));
        foreach (var entry in file.Entries)
        {
            int count = entry.Type is SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.F32 or SafetensorsType.F64
                ? file.ReadDoubles(entry.Name).Length
                : file.ReadInt64s(entry.Name).Length;
            Assert.AreEqual(entry.Count, count);
        }
    }

    private static WeightSet TwoTensors()
    {
        var weights = new WeightSet();
        weights.Add(new WeightTensor("z.weight", [2, 3], [1, 2, 3, -4, float.Epsilon, float.NaN]));
        weights.Add(new WeightTensor("a", [], [7]));
        return weights;
    }

    private static byte[] Bytes(WeightSet weights)
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, weights);
        return stream.ToArray();
    }

    private static byte[] File(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }

    private sealed class ForwardOnlyStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();
    }
}
