using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>convnext info and convnext export.</summary>
[TestClass]
public sealed class FileTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    public void Info_OfAModel_HasNetworkAndLabels()
    {
        JsonElement info = Tool.Succeed("info", TrainedModel.Path, "--json").Json;
        Assert.AreEqual("model", info.GetProperty("kind").GetString());
        Assert.AreEqual(32, info.GetProperty("imageSize").GetInt32());
        CollectionAssert.AreEqual(TestImages.Labels, info.GetProperty("labels").EnumerateArray().Select(label => label.GetString()).ToArray());
        Assert.Contains("convnext_atto", Tool.Succeed("info", TrainedModel.Path).Output);
    }

    [TestMethod]
    public void ExportedWeights_AreThoseOfTheModel()
    {
        string file = Path.Combine(_folder, "model.safetensors");
        Assert.AreEqual(file, Tool.Succeed("export", TrainedModel.Path, "-o", file).Lines.Single());
        JsonElement weights = Tool.Succeed("info", file, "--json").Json, model = Tool.Succeed("info", TrainedModel.Path, "--json").Json;
        Assert.AreEqual("weights", weights.GetProperty("kind").GetString());
        Assert.AreEqual(0, weights.GetProperty("problems").GetArrayLength());
        Assert.AreEqual(model.GetProperty("parameters").GetInt64(), weights.GetProperty("parameters").GetInt64());
    }

    [TestMethod]
    public void ExportedOnnx_IsWritten_AndNeverOverwrites()
    {
        string file = Path.Combine(_folder, "model.onnx");
        Tool.Succeed("export", TrainedModel.Path, "-o", file);
        Assert.IsGreaterThan(10_000_000, new FileInfo(file).Length);
        Assert.AreEqual(2, Tool.Run("export", TrainedModel.Path, "-o", file).ExitCode);
    }

    [TestMethod]
    public void AnUnknownExtension_IsAWrongCommandLine() =>
        Assert.AreEqual(2, Tool.Run("export", TrainedModel.Path, "-o", Path.Combine(_folder, "model.txt")).ExitCode);

    [TestMethod]
    public void Info_OfSomethingElse_IsAFailure()
    {
        string file = Path.Combine(_folder, "other.safetensors");
        File.WriteAllText(file, "no weights");
        Tool result = Tool.Run("info", file);
        Assert.AreEqual(1, result.ExitCode);
        Assert.Contains(file, result.Errors);
    }
}
