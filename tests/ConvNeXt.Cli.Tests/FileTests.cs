using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>convnext info, export, new, models and doctor.</summary>
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

    [TestMethod]
    [DataRow("console", "Microsoft.NET.Sdk")]
    [DataRow("webapi", "Microsoft.NET.Sdk.Web")]
    public void New_WritesAProjectWithTheModel_AndNeverIntoAFolderWithFiles(string kind, string sdk)
    {
        string folder = Path.Combine(_folder, "Shapes"), project = Path.Combine(folder, "Shapes.csproj");
        Assert.AreEqual(project, Tool.Succeed("new", kind, TrainedModel.Path, "-o", folder).Lines.Single());
        Assert.StartsWith($"<Project Sdk=\"{sdk}\">", File.ReadAllText(project));
        Assert.IsTrue(Array.TrueForAll(Directory.GetFiles(folder, "*.cs*"), file => !File.ReadAllText(file).Contains('$' + "MODEL", StringComparison.Ordinal)));
        CollectionAssert.AreEqual(File.ReadAllBytes(TrainedModel.Path), File.ReadAllBytes(Path.Combine(folder, "model.zip")));
        Assert.AreEqual(2, Tool.Run("new", kind, TrainedModel.Path, "-o", folder).ExitCode);
        Assert.AreEqual(2, Tool.Run("new", "desktop", TrainedModel.Path, "-o", folder + "2").ExitCode);
    }

    [TestMethod]
    public void Models_ListsWeightsWithLicenses()
    {
        JsonElement[] models = [.. Tool.Succeed("models", "--json").Json.GetProperty("models").EnumerateArray()];
        JsonElement tiny = models.Single(model => model.GetProperty("id").GetString() == "timm/convnext_tiny.fb_in22k");
        Assert.AreEqual("MIT", tiny.GetProperty("license").GetString());
        Assert.AreEqual(21841, tiny.GetProperty("classes").GetInt32());
        Assert.HasCount(models.Length + 1, Tool.Succeed("models").Lines);
    }

    [TestMethod]
    public void Doctor_KnowsCoresAndMemory_AndWhyThereIsNoGpu()
    {
        JsonElement machine = Tool.Succeed("doctor", "--json").Json;
        Assert.AreEqual(Environment.ProcessorCount, machine.GetProperty("cores").GetInt32());
        Assert.IsGreaterThan(0, machine.GetProperty("memoryBytes").GetInt64());
        bool hasGpu = machine.GetProperty("gpu").GetBoolean();
        Assert.AreEqual(hasGpu, machine.GetProperty("whyNoGpu").GetString() is null);
        if (!hasGpu) Assert.AreEqual(1, Tool.Run("train", TrainedModel.Data, "--gpu", "--runs", _folder).ExitCode);
        if (!hasGpu) Assert.IsEmpty(Directory.GetFileSystemEntries(_folder));
        Assert.Contains("Cores", Tool.Succeed("doctor").Output);
    }
}
