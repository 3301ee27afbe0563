using System.Text.Json;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Naming;

namespace ConvNeXt.Tests.Weights;

[TestClass]
public class NameMapTests
{
    public static IEnumerable<object[]> Pairs()
    {
        foreach (string size in (string[])["tiny", "small", "base", "large", "xlarge"])
        {
            yield return [$"fb_convnext_{size}", $"timm_convnext_{size}", WeightNaming.Timm];
            yield return [$"fb_convnext_{size}", $"hf_convnext_{size}", WeightNaming.HuggingFace];
            if (size != "xlarge") yield return [$"fb_convnext_{size}", $"torchvision_convnext_{size}", WeightNaming.Torchvision];
        }
        foreach (string size in (string[])["atto", "femto", "pico", "nano", "tiny", "base", "large", "huge"])
        {
            yield return [$"fb_convnextv2_{size}", $"timm_convnextv2_{size}", WeightNaming.Timm];
            yield return [$"fb_convnextv2_{size}", $"hf_convnextv2_{size}", WeightNaming.HuggingFace];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Pairs))]
    public void EveryKeyList_MapsToTheOfficialOne_NamesAndShapes(string official, string other, WeightNaming naming)
    {
        List<(string Name, int[] Shape)> wanted = Keys(official), foreign = Keys(other);
        Assert.AreEqual(naming, NameMap.Detect(foreign.Select(key => key.Name)));
        WeightSet mapped = NameMap.ToOfficial(Empty(foreign));
        CollectionAssert.AreEquivalent(wanted.Select(Describe).ToList(), mapped.Tensors.Select(tensor => Describe((tensor.Name, [.. tensor.Shape]))).ToList());
    }

    [TestMethod]
    [DataRow("fb_convnext_tiny", "timm_convnext_tiny", false)]
    [DataRow("fb_convnextv2_atto", "timm_convnextv2_atto", true)]
    [DataRow("fb_convnextv2_base", "timm_convnextv2_base", false)]
    public void TimmNames_AreWritten_AsTimmHasThem(string official, string timm, bool linearAsConvolution)
    {
        WeightSet written = NameMap.ToTimm(Empty(Keys(official)), linearAsConvolution);
        CollectionAssert.AreEquivalent(Keys(timm).Select(Describe).ToList(), written.Tensors.Select(tensor => Describe((tensor.Name, [.. tensor.Shape]))).ToList());
    }

    [TestMethod]
    [DataRow("tiny")]
    [DataRow("base")]
    public void TorchvisionNames_AreWritten_AsTorchvisionHasThem(string size)
    {
        WeightSet written = NameMap.ToTorchvision(Empty(Keys($"fb_convnext_{size}")));
        string[] wanted = [.. Keys($"torchvision_convnext_{size}").Select(Describe)];
        CollectionAssert.AreEquivalent(wanted, written.Tensors.Select(tensor => Describe((tensor.Name, [.. tensor.Shape]))).ToArray());
    }

    [TestMethod]
    public void NetworkThatTorchvisionLacks_IsRefused_WithTheTensor()
    {
        WeightSet weights = Empty(Keys("fb_convnextv2_atto"));
        var error = Assert.ThrowsExactly<ArgumentException>(() => NameMap.ToTorchvision(weights));
        StringAssert.Contains(error.Message, "grn.gamma");
    }

    [TestMethod]
    [DataRow("timm_convnext_atto_ols")]
    [DataRow("timm_convnext_tiny_hnf")]
    [DataRow("timm_convnext_large_mlp")]
    public void TimmVariantsWithoutOfficialNames_SurviveTheRoundTrip(string timm)
    {
        List<(string Name, int[] Shape)> keys = Keys(timm);
        bool convolution = keys.Any(key => key.Name.EndsWith("mlp.fc1.weight", StringComparison.Ordinal) && key.Shape.Length == 4);
        WeightSet back = NameMap.ToTimm(NameMap.ToOfficial(Empty(keys)), convolution);
        CollectionAssert.AreEqual(keys.Select(Describe).ToList(), back.Tensors.Select(tensor => Describe((tensor.Name, [.. tensor.Shape]))).ToList());
    }

    [TestMethod]
    public void OfficialNames_AreLeftAlone()
    {
        foreach (string model in (string[])["fb_convnext_tiny", "fb_convnext_isotropic_small"])
        {
            List<(string Name, int[] Shape)> keys = Keys(model);
            Assert.AreEqual(WeightNaming.Official, NameMap.Detect(keys.Select(key => key.Name)));
            CollectionAssert.AreEqual(keys.Select(Describe).ToList(), NameMap.ToOfficial(Empty(keys)).Tensors.Select(tensor => Describe((tensor.Name, [.. tensor.Shape]))).ToList());
        }
    }

    private static string Describe((string Name, int[] Shape) key) => $"{key.Name} [{string.Join(',', key.Shape)}]";

    /// <summary>Tensors of these names and shapes; the array of values is shared between tensors of one size.</summary>
    private static WeightSet Empty(List<(string Name, int[] Shape)> keys)
    {
        var arrays = new Dictionary<int, float[]>();
        var set = new WeightSet();
        foreach (var (name, shape) in keys)
        {
            int count = shape.Aggregate(1, (product, dimension) => product * dimension);
            if (!arrays.TryGetValue(count, out float[]? values)) arrays.Add(count, values = new float[count]);
            set.Add(new WeightTensor(name, [.. shape], values));
        }
        return set;
    }

    private static List<(string Name, int[] Shape)> Keys(string model)
    {
        string file = model.StartsWith("hf_", StringComparison.Ordinal) ? $"{model}.derived_keys.json" : $"{model}.keys.json";
        using var json = JsonDocument.Parse(File.ReadAllBytes(TestFolders.Shared("golden", "naming", file)));
        return [.. json.RootElement.GetProperty("keys").EnumerateArray().Select(key => (key[0].GetString()!, key[1].EnumerateArray().Select(n => n.GetInt32()).ToArray()))];
    }
}
