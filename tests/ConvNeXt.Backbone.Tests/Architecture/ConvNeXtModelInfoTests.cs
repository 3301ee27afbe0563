using System.Collections.Immutable;
using System.Text.Json;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Naming;
using ConvNeXt.Backbone.Weights.Pretrained;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Tests.Architecture;

[TestClass]
public class ConvNeXtModelInfoTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void AnOfficialFile_IsKnownByItsNameAndNetwork()
    {
        ConvNeXtModelInfo info = ConvNeXtModelInfo.Read(Write("convnextv2_atto_1k_224_ema.pt", ConvNeXtArchitectures.Get(ConvNeXtVariant.V2Atto)));
        Assert.AreEqual(ConvNeXtVariant.V2Atto, info.Architecture?.Variant);
        Assert.AreEqual("timm/convnextv2_atto.fcmae_ft_in1k", info.Pretrained?.HubId);
        Assert.AreSame(WeightsLicense.OfficialV2, info.License);
        Assert.AreEqual(3708400, info.Parameters);
        Assert.AreEqual(547332480, info.MultiplyAccumulates(224));
        Assert.AreEqual(WeightsFormat.Safetensors, info.Format);
        Assert.AreEqual(WeightNaming.Official, info.Naming);
        CollectionAssert.AreEqual(new[] { "F32" }, info.StoredTypes.ToArray());
        Assert.AreEqual(0, info.Problems.Length);
    }

    [TestMethod]
    public void AFileInTheHubCache_IsKnownByItsFolder_WithItsPreprocessing()
    {
        string path = Path.Combine("models--timm--convnext_pico.d1_in1k", "snapshots", "0123", "model.safetensors");
        ConvNeXtModelInfo info = ConvNeXtModelInfo.Read(Write(path, ConvNeXtArchitectures.Get(ConvNeXtVariant.Pico)));
        Assert.AreEqual("timm/convnext_pico.d1_in1k", info.Pretrained?.HubId);
        Assert.AreSame(WeightsLicense.Timm, info.License);
        Assert.AreEqual(224, info.Preprocessing.Size);
        Assert.AreEqual(288, info.Pretrained?.TestPreprocessing.Size);
        StringAssert.Contains(info.ToString(), "shorter side to 303, center crop 288");
    }

    [TestMethod]
    public void AKnownName_OnAnotherNetwork_IsNotBelieved()
    {
        ConvNeXtModelInfo info = ConvNeXtModelInfo.Read(
            Write("convnext_tiny_22k_224.pth", ConvNeXtArchitectures.Get(ConvNeXtVariant.Femto) with { ClassCount = 5 }));
        Assert.IsNull(info.Pretrained);
        Assert.AreEqual(ConvNeXtVariant.Femto, info.Architecture?.Variant);
        Assert.AreEqual(5, info.Config.ClassCount);
        Assert.AreEqual(ImagePreprocessing.ForSize(224), info.Preprocessing);
    }

    [TestMethod]
    public void ANetworkOfNoNamedSize_HasItsOwnNumbers_AndItsProblemsAreListed()
    {
        var config = new ConvNeXtConfig { Depths = [1, 2, 1, 1], Widths = [8, 16, 24, 32], ClassCount = 3 };
        var tensors = Tensors(config).Where(tensor => tensor.Name != "stages.1.1.norm.bias").Append(("extra.weight", [2]));
        ConvNeXtModelInfo info = ConvNeXtModelInfo.Read(SparseWeightsFile.Write(Path.Combine(_folder, "mine.safetensors"), tensors, "F16", 2));
        Assert.IsNull(info.Architecture);
        Assert.IsNull(info.License);
        CollectionAssert.AreEqual(new[] { 1, 2, 1, 1 }, info.Config.Depths.ToArray());
        CollectionAssert.AreEqual(new[] { "F16" }, info.StoredTypes.ToArray());
        Assert.AreEqual(2, info.Problems.Length);
        StringAssert.Contains(info.ToString(), "stages.1.1.norm.bias");
        StringAssert.Contains(info.ToString(), "extra.weight");
    }

    [TestMethod]
    public void ACheckpoint_IsReadWithoutItsValues_UnderTheNamesOfTheNetwork()
    {
        ConvNeXtModelInfo info = ConvNeXtModelInfo.Read(TestFolders.Shared("golden", "state_dict", "fb_tiny.module_prefix.zip.pth"));
        Assert.AreEqual(WeightsFormat.PyTorch, info.Format);
        Assert.AreEqual(5, info.Config.ClassCount);
        Assert.AreEqual(8, info.Config.Widths[0]);
        Assert.AreEqual(0, info.Problems.Length, string.Join('\n', info.Problems));
        var read = WeightFile.ReadAll(info.Path).Tensors;
        Assert.AreEqual(read.Sum(tensor => tensor.Values.LongLength), info.Parameters);
    }

    [TestMethod]
    public void OtherTensors_AreNoConvNeXt_AndTheFirstMissingOneIsNamed()
    {
        string path = SparseWeightsFile.Write(Path.Combine(_folder, "other.safetensors"), [("conv1.weight", [8, 3, 3, 3])]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => ConvNeXtModelInfo.Read(path)).Message, "stages.0.0.dwconv.weight");
    }

    public static IEnumerable<object[]> KeyLists()
    {
        string folder = Path.Combine(TestFolders.Repository, "..", "shared", "golden", "naming");
        foreach (ConvNeXtArchitecture row in ConvNeXtArchitectures.All)
            foreach (string list in (string[])["fb_{0}.keys", "timm_{0}.keys", "torchvision_{0}.keys", "hf_{0}.derived_keys"])
                if (File.Exists(Path.Combine(folder, Format(list, row) + ".json"))) yield return [row.Name, Format(list, row)];
        yield return ["convnext_tiny", "fb_convnext_tiny.keys"];
    }

    [TestMethod]
    [DynamicData(nameof(KeyLists))]
    public void EveryKeyListOfTheGoldenData_IsToldFromItsNamesAndShapes(string name, string list)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(TestFolders.Shared("golden", "naming", list + ".json")));
        var tensors = json.RootElement.GetProperty("keys").EnumerateArray()
            .Select(key => (key[0].GetString()!, key[1].EnumerateArray().Select(size => size.GetInt32()).ToImmutableArray()));
        ConvNeXtModelInfo info = ConvNeXtModelInfo.Read(SparseWeightsFile.Write(Path.Combine(_folder, "model.safetensors"), tensors, "F16", 2));
        Assert.AreEqual(name, info.Architecture?.Name);
        Assert.AreEqual(0, info.Problems.Length, string.Join('\n', info.Problems));
    }

    private static string Format(string list, ConvNeXtArchitecture row) => list.Replace("{0}", row.Name, StringComparison.Ordinal);

    private string Write(string name, ConvNeXtConfig config) => SparseWeightsFile.Write(Path.Combine(_folder, name), Tensors(config));

    private static IEnumerable<(string Name, ImmutableArray<int> Shape)> Tensors(ConvNeXtConfig config) =>
        ParameterTable.Of(config).Select(parameter => (parameter.Name, parameter.Shape));
}
