using System.Text.Json.Nodes;
using ConvNeXt.Cli.ModelBuilder;
using ConvNeXt.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.Tests;

/// <summary>Files of ML.NET Model Builder: what train writes, what it reads, and what it refuses.</summary>
[TestClass]
public sealed class ModelBuilderTests
{
    private const string Version5 = """
        {
          "Scenario": "ImageClassification",
          "DataSource": { "Type": "Folder", "Version": 1, "FolderPath": "photos", "Remark": "ours" },
          "Environment": { "Type": "LocalGPU", "Version": 1 },
          "RunHistory": {
            "Version": 3,
            "Type": "Result",
            "Trials": [ { "Version": 1, "Type": "Trial", "TrainerName": "ImageClassificationMulti", "Score": 0.5, "RuntimeInSeconds": 9.5 } ],
            "Estimators": { "e0": "MapValueToKey" },
            "MetricName": "MicroAccuracy",
            "ModelFilePath": "C:\\Users\\someone\\Shapes.mlnet"
          },
          "Type": "TrainingConfig",
          "Version": 5,
          "TrainingOption": {
            "Version": 2, "Subsampling": false, "Type": "ClassificationTrainingOption", "TrainingTime": 2147483647,
            "OptimizeMetric": "MicroAccuracy", "Seed": 7,
            "ValidationOption": { "Version": 0, "Type": "TrainValidateSplitValidationOption", "SplitRatio": 0.2 }
          },
          "Future": [ 1, { "kept": true } ]
        }
        """;

    private const string Version2 = """
        {
          "TrainingTime": 0,
          "Scenario": "ImageClassification",
          "DataSource": { "Type": "Folder", "Version": 1, "FolderPath": ".\\photos" },
          "Environment": { "Type": "LocalCPU", "Version": 1 },
          "RunHistory": { "Version": 1, "Type": "Result", "Trials": [], "Pipeline": { "estimators": [ "MapValueToKey" ] }, "MetricName": "accuracy" },
          "Type": "TrainingConfig",
          "Version": 2
        }
        """;

    private readonly string _folder = TestFolders.CreateTemporary();

    private string Photos => Path.Combine(_folder, "photos");

    [TestMethod]
    public void Code_WritesProjectAndCode_AndAModelWithTheColumnsOfModelBuilder()
    {
        TestImages.WriteFolder(Photos, 6);
        string model = Path.Combine(_folder, "my shapes.mlnet");
        Tool.Succeed(["train", Photos, "-o", model, "--code", "--runs", Path.Combine(_folder, "runs"), .. TrainedModel.Short]);

        JsonObject project = ReadProject("my shapes");
        Assert.AreEqual(5, project["Version"]!.GetValue<int>());
        Assert.AreEqual("photos", project["DataSource"]!["FolderPath"]!.GetValue<string>());
        Assert.AreEqual("my shapes.mlnet", project["RunHistory"]!["ModelFilePath"]!.GetValue<string>());
        Assert.AreEqual(1, project["RunHistory"]!["Trials"]!.AsArray().Count);
        string consumption = File.ReadAllText(Path.Combine(_folder, "my shapes.consumption.cs"));
        string[] names = ["namespace My_shapes", "class My_shapes", "class ModelInput", "class ModelOutput", "byte[] ImageSource", "@\"my shapes.mlnet\""];
        foreach (string name in names) Assert.Contains(name, consumption);
        string training = File.ReadAllText(Path.Combine(_folder, "my shapes.training.cs"));
        foreach (string name in (string[])["ImageSize = 32,", "Epochs = 2,", "BatchSize = 8,", "Seed = 1,"]) Assert.Contains(name, training);

        AssertPredictsBytes(model);
        Tool.Succeed("predict", model, Path.Combine(Photos, "disc"));
        Tool.Succeed("evaluate", model, Photos);
        Tool again = Tool.Run("train", Photos, "-o", Path.Combine(_folder, "my shapes.zip"), "--mbconfig");
        Assert.AreEqual(2, again.ExitCode, "The project file exists.");
    }

    [TestMethod]
    public void MbConfig_WritesTheProjectAlone_AndTheNetworkIsTheSame()
    {
        string model = Path.Combine(_folder, "shapes.zip"), plain = Path.Combine(_folder, "plain.zip"), runs = Path.Combine(_folder, "runs");
        Tool.Succeed(["train", TrainedModel.Data, "-o", model, "--mbconfig", "--runs", runs, .. TrainedModel.Short]);
        Assert.IsTrue(File.Exists(Path.Combine(_folder, "shapes.mbconfig")));
        Assert.IsEmpty(Directory.GetFiles(_folder, "*.cs"));
        Tool.Succeed(["train", TrainedModel.Data, "-o", plain, "--runs", runs, .. TrainedModel.Short]);
        string[] arguments = [Path.Combine(TrainedModel.TestSet, "disc"), "--csv"];
        Assert.AreEqual(Tool.Succeed(["predict", plain, .. arguments]).Output, Tool.Succeed(["predict", model, .. arguments]).Output);
    }

    [TestMethod]
    [DataRow(Version5, "Shapes.mlnet")]
    [DataRow(Version2, "Shapes.zip")]
    public void Config_TrainsAgain_ReplacesTheModel_AndKeepsUnknownFields(string contents, string modelName)
    {
        TestImages.WriteFolder(Photos, 6);
        string file = Path.Combine(_folder, "Shapes.mbconfig"), model = Path.Combine(_folder, modelName);
        File.WriteAllText(file, "\uFEFF" + contents); // Model Builder writes a byte order mark
        File.WriteAllText(model, "old");
        File.WriteAllText(Path.Combine(_folder, "Shapes.consumption.cs"), "namespace Shop.Vision\n{\n}\n");
        Tool result = Tool.Succeed(["train", "--config", file, "--code", "--runs", Path.Combine(_folder, "runs"), .. TrainedModel.Short]);
        Assert.AreEqual(contents == Version5, result.Errors.Contains("The project is for LocalGPU", StringComparison.Ordinal));

        JsonObject before = JsonNode.Parse(contents)!.AsObject(), after = ReadProject("Shapes");
        CollectionAssert.AreEqual(before.Select(field => field.Key).ToArray(), after.Select(field => field.Key).ToArray());
        foreach (string same in (string[])["Environment", "TrainingOption", "TrainingTime", "Version", "Future"])
            Assert.IsTrue(JsonNode.DeepEquals(before[same], after[same]), same);
        Assert.IsTrue(JsonNode.DeepEquals(before["RunHistory"]!["Estimators"], after["RunHistory"]!["Estimators"]));
        Assert.IsTrue(JsonNode.DeepEquals(before["RunHistory"]!["Pipeline"], after["RunHistory"]!["Pipeline"]));
        Assert.AreEqual("ConvNeXt", after["RunHistory"]!["Trials"]![0]!["TrainerName"]!.GetValue<string>());
        Assert.AreEqual("photos", after["DataSource"]!["FolderPath"]!.GetValue<string>());
        Assert.Contains("namespace Shop.Vision", File.ReadAllText(Path.Combine(_folder, "Shapes.consumption.cs")));
        Assert.Contains(contents == Version5 ? "Seed = 7," : "Seed = 1,", File.ReadAllText(Path.Combine(_folder, "Shapes.training.cs")));
        AssertPredictsBytes(model);
    }

    [TestMethod]
    [DataRow("\"Version\": 5,\n  \"TrainingOption\"", "\"Version\": 6,\n  \"TrainingOption\"", "Version is 6")]
    [DataRow("\"Version\": 5,\n  \"TrainingOption\"", "\"Version\": \"5\",\n  \"TrainingOption\"", "Version must be a whole number")]
    [DataRow("\"ImageClassification\"", "\"Regression\"", "Scenario is 'Regression'")]
    [DataRow("\"ImageClassification\"", "7", "Scenario must be text")]
    [DataRow("\"Folder\"", "\"Sql\"", "DataSource.Type is 'Sql'")]
    [DataRow("\"photos\"", "\"../photos\"", "DataSource.FolderPath is '../photos', which is not inside")]
    [DataRow("\"photos\"", "\"/\"", "DataSource.FolderPath is '/', which is not inside")]
    [DataRow("\"photos\"", "\"\"", "DataSource.FolderPath is '', which is not inside")]
    [DataRow("\"photos\"", "\"a/../../b\"", "DataSource.FolderPath is 'a/../../b', which is not inside")]
    [DataRow("\"photos\"", "\"C:\\\\Users\\\\someone\"", "DataSource.FolderPath is 'C:\\Users\\someone'")]
    [DataRow("\"photos\"", "\"nowhere\"", "DataSource.FolderPath is 'nowhere', but there is no such folder")]
    [DataRow("\"photos\"", "\"a\\u0000b\"", "DataSource.FolderPath is not a path")]
    [DataRow("\"photos\"", "null", "DataSource.FolderPath is missing")]
    [DataRow("2147483647", "-5", "TrainingOption.TrainingTime is -5")]
    [DataRow("2147483647", "1e99", "TrainingOption.TrainingTime must be a whole number")]
    [DataRow("\"Seed\": 7", "\"Seed\": -1", "TrainingOption.Seed is -1")]
    [DataRow("\"Seed\": 7", "\"Seed\": {}", "TrainingOption.Seed must be a whole number")]
    [DataRow("\"LocalGPU\"", "[]", "Environment.Type must be text")]
    [DataRow("{ \"Type\": \"LocalGPU\", \"Version\": 1 }", "1", "Environment must be an object")]
    [DataRow("\"Future\"", "\"Scenario\"", "not a project file of Model Builder")]
    [DataRow("true } ]", "true }", "not a project file of Model Builder")]
    public void AConfigThatCannotBeUsed_IsAFailure_ThatNamesTheField(string valid, string wrong, string expected)
    {
        string file = Path.Combine(_folder, "Shapes.mbconfig"), contents = Version5.ReplaceLineEndings("\n");
        Directory.CreateDirectory(Photos);
        Assert.Contains(valid, contents);
        File.WriteAllText(file, contents.Replace(valid, wrong, StringComparison.Ordinal));
        Tool result = Tool.Run("train", "--config", file, "--runs", Path.Combine(_folder, "runs"));
        Assert.AreEqual(1, result.ExitCode, result.Errors);
        Assert.Contains(expected, result.Errors);
        Assert.Contains(file, result.Errors);
    }

    [TestMethod]
    public void ALargeOrDeepConfig_IsRefused()
    {
        string file = Path.Combine(_folder, "Shapes.mbconfig");
        File.WriteAllText(file, new string(' ', (4 << 20) + 1));
        Assert.Contains("more than 4,194,304 are not read", Refused());
        File.WriteAllText(file, string.Concat(Enumerable.Repeat("{\"a\":", 10_000)));
        Assert.Contains("not a project file", Refused());

        string Refused() => Assert.ThrowsExactly<InvalidDataException>(() => MbConfigFile.Read(file)).Message;
    }

    [TestMethod]
    public void AFolderOnTheCommandLine_TakesThePlaceOfTheProjects()
    {
        TestImages.WriteFolder(Photos, 6);
        string file = Path.Combine(_folder, "Shapes.mbconfig");
        File.WriteAllText(file, Version5.Replace("\"photos\"", "\"D:\\\\photos\"", StringComparison.Ordinal));
        Tool.Succeed(["train", Photos, "--config", file, "--runs", Path.Combine(_folder, "runs"), .. TrainedModel.Short]);
        Assert.AreEqual("photos", ReadProject("Shapes")["DataSource"]!["FolderPath"]!.GetValue<string>());
    }

    [TestMethod]
    [DataRow("DIR is missing", "train")]
    [DataRow("leave out --output", "train", "--config", "x.mbconfig", "-o", "x.zip")]
    [DataRow("name it by --output", "train", "photos", "--code")]
    [DataRow("must end with .mlnet or .zip", "train", "photos", "--mbconfig", "-o", "x.model")]
    [DataRow("--namespace is for --code", "train", "photos", "-o", "x.zip", "--namespace", "Shop")]
    [DataRow("--namespace is 'a-b'", "train", "photos", "-o", "x.zip", "--code", "--namespace", "a-b")]
    public void OptionsThatContradict_AreAWrongCommandLine(string expected, params string[] arguments)
    {
        Tool result = Tool.Run(arguments);
        Assert.AreEqual(2, result.ExitCode);
        Assert.Contains(expected, result.Errors);
    }

    [TestMethod]
    [DataRow("shapes", "Shapes")]
    [DataRow("class", "Class")]
    [DataRow("2 kinds; of \"x\"", "_2_kinds__of__x_")]
    [DataRow("", "_")]
    public void AName_BecomesAnIdentifier(string text, string expected) => Assert.AreEqual(expected, GeneratedCode.ToIdentifier(text));

    // As generated code does: bytes in, the label and the key values of the column Label out.
    private void AssertPredictsBytes(string model)
    {
        var context = new MLContext();
        using var engine = context.Model.CreatePredictionEngine<Input, Output>(context.Model.Load(model, out DataViewSchema schema));
        Assert.IsInstanceOfType<VectorDataViewType>(schema["ImageSource"].Type);
        string file = Directory.GetFiles(Path.Combine(Photos, "disc"))[0];
        Output output = engine.Predict(new Input { ImageSource = File.ReadAllBytes(file) });
        var labels = default(VBuffer<ReadOnlyMemory<char>>);
        engine.OutputSchema["Label"].GetKeyValues(ref labels);
        string[] names = [.. labels.DenseValues().Select(label => label.ToString())];
        CollectionAssert.AreEquivalent(TestImages.Labels, names);
        Assert.AreEqual(output.PredictedLabel, names[Array.IndexOf(output.Score, output.Score.Max())]);
        Assert.AreEqual(0u, output.Label);
    }

    private JsonObject ReadProject(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, $"{name}.mbconfig")))!.AsObject();

    private sealed class Input
    {
        public string? Label { get; set; }

        public byte[] ImageSource { get; set; } = [];
    }

    private sealed class Output
    {
        public uint Label { get; set; }

        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
