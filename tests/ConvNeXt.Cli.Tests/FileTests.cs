using System.Text.Json;
using System.Xml.Linq;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.Cli;
using ConvNeXt.Cli.Files;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet;
using Microsoft.ML.OnnxRuntime;

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
        Assert.AreEqual("MIT", info.GetProperty("weightsLicense").GetString(), "The license of the weights in the tool.");
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
        Assert.Contains("Checked in ONNX Runtime", Tool.Succeed("export", TrainedModel.Path, "-o", file).Errors);
        Assert.IsGreaterThan(10_000_000, new FileInfo(file).Length);
        Assert.AreEqual(2, Tool.Run("export", TrainedModel.Path, "-o", file).ExitCode);
    }

    [TestMethod]
    public void ExportedOnnx_WithPreprocessing_ReadsPicturesOfAnySize()
    {
        string file = Path.Combine(_folder, "model.onnx");
        Assert.Contains("Checked in ONNX Runtime", Tool.Succeed("export", TrainedModel.Path, "-o", file, "--with-preprocessing").Errors);
        using var session = new InferenceSession(file);
        Assert.AreEqual("included", session.ModelMetadata.CustomMetadataMap["preprocessing"]);
        CollectionAssert.AreEqual(new[] { -1, -1, -1, 3 }, session.InputMetadata["images"].Dimensions);
    }

    [TestMethod]
    public void ExportedOnnx_WithInt8_IsCheckedAndSmaller()
    {
        string file = Path.Combine(_folder, "model.onnx");
        Assert.Contains("Checked in ONNX Runtime", Tool.Succeed("export", TrainedModel.Path, "-o", file, "--int8").Errors);
        Assert.IsLessThan(5_000_000, new FileInfo(file).Length);
    }

    [TestMethod]
    public void AFileOfAnotherModel_DoesNotPassTheCheck()
    {
        string other = Path.Combine(_folder, "other.zip"), onnx = Path.Combine(_folder, "other.onnx");
        Tool.Succeed(["train", TrainedModel.Data, "-o", other, "--runs", Path.Combine(_folder, "runs"), "--seed", "9", .. TrainedModel.Short]);
        ModelFiles.Load(other).SaveAsOnnx(onnx);
        Assert.IsLessThan(1e-4, OnnxCheck.Run(ModelFiles.Load(other), onnx, new OnnxExportOptions()));
        ConvNeXtClassificationTransformer model = ModelFiles.Load(TrainedModel.Path);
        Assert.Contains("off by", Assert.ThrowsExactly<InvalidOperationException>(() => OnnxCheck.Run(model, onnx, new OnnxExportOptions())).Message);
    }

    [TestMethod]
    public void AnUnknownExtension_IsAWrongCommandLine()
    {
        Assert.AreEqual(2, Tool.Run("export", TrainedModel.Path, "-o", Path.Combine(_folder, "model.txt")).ExitCode);
        Assert.AreEqual(2, Tool.Run("export", TrainedModel.Path, "-o", Path.Combine(_folder, "x.safetensors"), "--with-preprocessing").ExitCode);
        Assert.AreEqual(2, Tool.Run("export", TrainedModel.Path, "-o", Path.Combine(_folder, "x.safetensors"), "--int8").ExitCode);
    }

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
    public void New_Webapi_IsTheSampleOfTheRepository_WithItsPackageVersions()
    {
        string folder = Path.Combine(_folder, "Shapes"), sample = Path.Combine(TestFolders.Repository, "samples", "WebService");
        Tool.Succeed("new", "webapi", TrainedModel.Path, "-o", folder);
        string[] expected = ["Page/*", "Service/*.cs", "*.cs", "appsettings.json", "kubernetes.yaml"];
        foreach (string file in expected.SelectMany(pattern => Directory.GetFiles(sample, pattern)))
            Assert.AreEqual(File.ReadAllText(file), File.ReadAllText(Path.Combine(folder, Path.GetRelativePath(sample, file))));
        string docker = File.ReadAllText(Path.Combine(folder, "Dockerfile"));
        Assert.Contains("Shapes.dll", docker);
        Assert.DoesNotContain("samples", docker);
        XDocument central = XDocument.Load(Path.Combine(TestFolders.Repository, "Directory.Packages.props"));
        foreach (XElement package in XDocument.Load(Path.Combine(folder, "Shapes.csproj")).Descendants("PackageReference"))
        {
            string id = package.Attribute("Include")!.Value;
            if (id.StartsWith("ConvNeXt", StringComparison.Ordinal)) continue;
            XElement version = central.Descendants("PackageVersion").Single(element => element.Attribute("Include")!.Value == id);
            Assert.AreEqual(version.Attribute("Version")!.Value, package.Attribute("Version")!.Value, id);
        }
    }

    [TestMethod]
    public async Task Serve_AnswersUntilItIsCanceled()
    {
        using var cancellation = new CancellationTokenSource();
        StringWriter output = new(), errors = new();
        var console = new ToolConsole(TextWriter.Synchronized(output), TextWriter.Synchronized(errors));
        Task<int> serve = Task.Run(() => ConvNeXtTool.Run(["serve", TrainedModel.Path, "--urls", "http://127.0.0.1:0"], console, cancellation.Token));
        for (int i = 0; i < 3000 && !serve.IsCompleted && !output.ToString().Contains('\n'); i++) await Task.Delay(10);
        Assert.IsFalse(serve.IsCompleted, errors.ToString());
        using var client = new HttpClient { BaseAddress = new Uri(output.ToString().Trim()) };
        using HttpResponseMessage page = await client.GetAsync("/");
        Assert.Contains("Image classifier", await page.Content.ReadAsStringAsync());
        using var image = new ByteArrayContent(File.ReadAllBytes(Directory.GetFiles(Path.Combine(TrainedModel.TestSet, "disc"))[0]));
        image.Headers.ContentType = new("image/bmp");
        using HttpResponseMessage answer = await client.PostAsync("/classify", image);
        using JsonDocument result = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        CollectionAssert.Contains(TestImages.Labels, result.RootElement.GetProperty("label").GetString());
        await cancellation.CancelAsync();
        Assert.AreEqual(0, await serve);
    }

    [TestMethod]
    public void Serve_OfAFileThatIsNoModel_IsAFailureThatNamesIt()
    {
        string file = Path.Combine(_folder, "other.zip");
        File.WriteAllText(file, "no model");
        Tool result = Tool.Run("serve", file, "--urls", "http://127.0.0.1:0");
        Assert.AreEqual(1, result.ExitCode);
        Assert.Contains(file, result.Errors);
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
        string picture = Path.Combine(TrainedModel.TestSet, "disc", "000.bmp");
        foreach (string[] arguments in (string[][])[["predict", TrainedModel.Path, picture], ["evaluate", TrainedModel.Path, TrainedModel.TestSet]])
        {
            Tool result = Tool.Run([.. arguments, "--gpu"]);
            Assert.AreEqual(hasGpu ? 0 : 1, result.ExitCode, result.Errors);
            if (!hasGpu) Assert.Contains("The GPU cannot be used: ", result.Errors);
        }
        if (!hasGpu) Assert.IsEmpty(Directory.GetFileSystemEntries(_folder));
        Assert.Contains("Cores", Tool.Succeed("doctor").Output);
    }
}
