using System.Text.Json;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.PyTorch;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Weights;

[TestClass]
public class PthFileTests
{
    public static IEnumerable<object[]> GoldenFiles()
    {
        string folder = Path.GetFullPath(Path.Combine(TestFolders.Repository, "..", "shared", "golden", "state_dict"));
        if (!Directory.Exists(folder)) return [[""]];
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "index.json")));
        return [.. index.RootElement.GetProperty("files").EnumerateObject().Select(file => new object[] { file.Name })];
    }

    [TestMethod]
    [DynamicData(nameof(GoldenFiles))]
    public void GoldenFile_IsReadBitForBit_OrRefusedAsItsIndexSays(string file)
    {
        string path = TestFolders.Shared("golden", "state_dict", file);
        using var index = JsonDocument.Parse(File.ReadAllBytes(TestFolders.Shared("golden", "state_dict", "index.json")));
        JsonElement facts = index.RootElement.GetProperty("files").GetProperty(file);
        if (!facts.GetProperty("load").GetString()!.StartsWith("ok", StringComparison.Ordinal))
        {
            var refusal = Assert.ThrowsExactly<InvalidDataException>(() => ReadAll(path));
            StringAssert.Contains(refusal.Message, file);
            return;
        }
        Dictionary<string, (SafetensorsType Type, string Shape, byte[] Bytes)> found = ReadAll(path);
        byte[] expectedFile = File.ReadAllBytes(TestFolders.Shared("golden", "state_dict", facts.GetProperty("expected").GetString()!));
        using var expected = SafetensorsFile.Open(TestFolders.Shared("golden", "state_dict", facts.GetProperty("expected").GetString()!));
        long dataStart = 8 + BitConverter.ToInt64(expectedFile);
        string root = facts.GetProperty("top_level_key").GetString() is { } key && expected.Entries.All(entry => !entry.Name.StartsWith("model.", StringComparison.Ordinal)) ? key + "." : "";
        if (file.Contains("module_prefix", StringComparison.Ordinal)) root += "module.";
        foreach (SafetensorsEntry entry in expected.Entries)
        {
            Assert.IsTrue(found.TryGetValue(root + entry.Name, out var tensor), $"{root}{entry.Name} was not found; there are {string.Join(", ", found.Keys.Take(5))}, ...");
            Assert.AreEqual(entry.Type, tensor.Type, entry.Name);
            Assert.AreEqual(string.Join(',', entry.Shape), tensor.Shape, entry.Name);
            CollectionAssert.AreEqual(expectedFile[(int)(dataStart + entry.Begin)..(int)(dataStart + entry.End)], tensor.Bytes, entry.Name);
        }
    }

    [TestMethod]
    [DataRow("malicious_getcwd.zip.pth", "posix.getcwd")]
    [DataRow("malicious_print.legacy.pth", "__builtin__.print")]
    [DataRow("malicious_getattr.zip.pth", "__builtin__.getattr")]
    [DataRow("malicious_plain_pickle.pth", "__builtin__.print")]
    public void MaliciousPickle_IsRefused_AndTheMessageNamesTheOperation(string file, string name)
    {
        var refusal = Assert.ThrowsExactly<InvalidDataException>(() => PthFile.Open(TestFolders.Data("golden", "state_dict", file)));
        StringAssert.Contains(refusal.Message, $"'{name}' (operation GLOBAL at byte");
        StringAssert.Contains(refusal.Message, "nothing was run");
    }

    [TestMethod]
    [DataRow("fb_tiny.zip.pth")]
    [DataRow("fb_tiny.legacy.pth")]
    [DataRow("fb_tiny.bare.zip.pth")]
    [DataRow("fb_tiny.module_prefix.zip.pth")]
    [DataRow("fb_tiny.parameters.zip.pth")]
    public void Weights_AreFound_WhereverTheCheckpointKeepsThem(string file)
    {
        using PthFile checkpoint = PthFile.Open(TestFolders.Shared("golden", "state_dict", file));
        WeightSet weights = checkpoint.ReadWeights();
        WeightSet expected = SafetensorsReader.Read(TestFolders.Shared("golden", "state_dict", "fb_tiny.expected.safetensors"));
        Assert.AreEqual(expected.Tensors.Count, weights.Tensors.Count);
        foreach (WeightTensor tensor in expected.Tensors) CollectionAssert.AreEqual(tensor.Values, weights[tensor.Name].Values, tensor.Name);
    }

    [TestMethod]
    public void TrainingCheckpoint_GivesItsModel_AndPassesOverTheScriptsArguments()
    {
        using PthFile checkpoint = PthFile.Open(TestFolders.Shared("golden", "state_dict", "fb_training_checkpoint.zip.pth"));
        WeightSet weights = checkpoint.ReadWeights();
        Assert.IsTrue(weights.TryGet("downsample_layers.0.0.weight", out _));
        Assert.IsFalse(weights.Tensors.Any(tensor => tensor.Name.Contains("optimizer", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void EmptyFile_AndTextFile_AreRefusedClearly()
    {
        foreach (byte[] content in new[] { [], "not a checkpoint"u8.ToArray() })
        {
            var refusal = Assert.ThrowsExactly<InvalidDataException>(() => PthFile.Open(new MemoryStream(content), "weights.pth"));
            StringAssert.StartsWith(refusal.Message, "weights.pth: ");
        }
    }

    [TestMethod]
    public void ValueThatRefersToItself_IsRefused_NotFollowedForever()
    {
        // PROTO 2, EMPTY_LIST, BINPUT 0, BINGET 0, BINGET 0, APPEND twice by MARK ... APPENDS: a list that holds itself twice.
        byte[] pickle = [0x80, 2, (byte)']', (byte)'q', 0, (byte)'(', (byte)'h', 0, (byte)'h', 0, (byte)'e', (byte)'.'];
        using var zip = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(zip, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        using (Stream entry = archive.CreateEntry("a/data.pkl", System.IO.Compression.CompressionLevel.NoCompression).Open())
            entry.Write(pickle);
        zip.Position = 0;
        var refusal = Assert.ThrowsExactly<InvalidDataException>(() => PthFile.Open(zip, "loop.pth"));
        StringAssert.Contains(refusal.Message, "nested");
    }

    private static Dictionary<string, (SafetensorsType Type, string Shape, byte[] Bytes)> ReadAll(string path)
    {
        using PthFile file = PthFile.Open(path);
        return file.Tensors.ToDictionary(tensor => tensor.Name, tensor => (tensor.Type, string.Join(',', tensor.Shape), file.ReadBytes(tensor.Name)));
    }
}
