using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>convnext train: the data check, the plan, the folder of the run, Ctrl-C and resuming.</summary>
[TestClass]
public sealed class TrainTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    private string Runs => Path.Combine(_folder, "runs");

    [TestMethod]
    public void DryRun_TellsTimeAndMemory_AndWritesNothing()
    {
        JsonElement plan = Tool.Succeed(["train", TrainedModel.Data, "--runs", Runs, "--dry-run", "--json", .. TrainedModel.Short]).Json;
        Assert.AreEqual(24, plan.GetProperty("trainingImages").GetInt32());
        Assert.AreEqual(9, plan.GetProperty("heldOutImages").GetInt32());
        Assert.AreEqual(2, plan.GetProperty("epochs").GetInt32());
        Assert.IsGreaterThan(0, plan.GetProperty("seconds").GetDouble());
        Assert.IsGreaterThan(10_000_000, plan.GetProperty("memoryBytes").GetInt64());
        Assert.IsEmpty(Directory.GetFileSystemEntries(_folder));
    }

    [TestMethod]
    public void ARun_LeavesOptionsMetricsLogModelAndResult_AndNoCheckpoint()
    {
        string model = Path.Combine(_folder, "model.zip");
        JsonElement result = Tool.Succeed(["train", TrainedModel.Data, "-o", model, "--runs", Runs, "--json", .. TrainedModel.Short]).Json;
        string run = Directory.GetDirectories(Runs).Single();
        Assert.AreEqual(run, result.GetProperty("run").GetString());
        Assert.AreEqual(model, result.GetProperty("model").GetString());
        Assert.IsFalse(result.GetProperty("canceled").GetBoolean());
        Assert.AreEqual(2, result.GetProperty("epochs").GetInt32());
        Assert.AreEqual(9, result.GetProperty("heldOut").GetProperty("images").GetInt32());
        Assert.AreEqual(15, result.GetProperty("test").GetProperty("images").GetInt32());
        string?[] files = [.. Directory.GetFileSystemEntries(run).Select(Path.GetFileName)];
        CollectionAssert.AreEquivalent(new[] { "log.txt", "metrics.csv", "model.zip", "options.json", "result.json" }, files);
        Assert.HasCount(3, File.ReadAllLines(Path.Combine(run, "metrics.csv")));
        CollectionAssert.AreEqual(File.ReadAllBytes(model), File.ReadAllBytes(Path.Combine(run, "model.zip")));
    }

    [TestMethod]
    public void ASecondRun_LeavesTheFirstAsItIs_AndGivesTheSameModel()
    {
        string[] arguments = ["train", TrainedModel.Data, "--runs", Runs, .. TrainedModel.Short];
        Tool.Succeed(arguments);
        string first = Directory.GetDirectories(Runs).Single();
        Dictionary<string, byte[]> before = Directory.GetFiles(first).ToDictionary(file => file, File.ReadAllBytes);
        Tool.Succeed(arguments);
        string second = Directory.GetDirectories(Runs).Single(run => run != first);
        foreach (var (file, bytes) in before) CollectionAssert.AreEqual(bytes, File.ReadAllBytes(file), file);
        Assert.AreEqual(File.ReadAllText(Predict(first)), File.ReadAllText(Predict(second)));
    }

    [TestMethod]
    public void AnExistingOutput_IsRefused_BeforeTraining()
    {
        string model = Path.Combine(_folder, "model.zip");
        File.WriteAllText(model, "precious");
        Tool result = Tool.Run("train", TrainedModel.Data, "-o", model, "--runs", Runs);
        Assert.AreEqual(2, result.ExitCode);
        Assert.Contains("already exists", result.Errors);
        Assert.AreEqual("precious", File.ReadAllText(model));
        Assert.IsFalse(Directory.Exists(Runs));
    }

    [TestMethod]
    public void Cancel_KeepsTheBest_AndResumeFinishesTheRun()
    {
        string model = Path.Combine(_folder, "model.zip");
        string[] start = ["train", TrainedModel.Data, "-o", model, "--runs", Runs, "--size", "32", "--epochs", "6", "--batch", "8"];
        using var cancel = new CancellationTokenSource();
        Tool canceled = Tool.Run(cancel.Token, new CancelingWriter("Epoch 2:", cancel), start);
        Assert.AreEqual(130, canceled.ExitCode, canceled.Errors);
        Assert.Contains("Canceled after 2 epochs", canceled.Output);
        Tool.Succeed("predict", model, Path.Combine(TrainedModel.TestSet, "disc"));

        JsonElement resumed = Tool.Succeed("train", TrainedModel.Data, "--resume", "--runs", Runs, "--json").Json;
        Assert.AreEqual(6, resumed.GetProperty("epochs").GetInt32());
        Assert.AreEqual(Directory.GetDirectories(Runs).Single(), resumed.GetProperty("run").GetString());
        Tool again = Tool.Run("train", TrainedModel.Data, "--resume", "--runs", Runs);
        Assert.AreEqual(2, again.ExitCode, "A run that has ended cannot be resumed.");

        string whole = Path.Combine(_folder, "whole");
        Tool.Succeed(["train", TrainedModel.Data, "--runs", whole, .. start[6..]]);
        string resumedRun = Directory.GetDirectories(Runs).Single(), wholeRun = Directory.GetDirectories(whole).Single();
        Assert.AreEqual(File.ReadAllText(Predict(wholeRun)), File.ReadAllText(Predict(resumedRun)));
    }

    [TestMethod]
    public void CancelBeforeTheFirstStep_ExitsWith130()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Tool result = Tool.Run(cancel.Token, new StringWriter(), ["train", TrainedModel.Data, "--runs", Runs]);
        Assert.AreEqual(130, result.ExitCode, result.Errors);
        Assert.AreEqual("Canceled." + Environment.NewLine, result.Errors);
    }

    [TestMethod]
    public void UnreadableAndEqualImages_AreNamed_AndTrainingGoesOn()
    {
        string data = Path.Combine(_folder, "data");
        TestImages.WriteFolder(data, 5);
        string broken = Path.Combine(data, "disc", "broken.jpg"), copy = Path.Combine(data, "down", "copy.bmp");
        File.WriteAllText(broken, "no image");
        File.Copy(Path.Combine(data, "disc", "000.bmp"), copy);
        Tool result = Tool.Succeed(["train", data, "--runs", Runs, .. TrainedModel.Short]);
        Assert.Contains(broken, result.Errors);
        Assert.Contains(copy, result.Errors);
        Assert.Contains("several labels", result.Errors);
    }

    [TestMethod]
    public void DataThatCannotBeUsed_ExitsWith3()
    {
        string one = Path.Combine(_folder, "one"), empty = Path.Combine(_folder, "empty"), broken = Path.Combine(_folder, "broken");
        TestImages.WriteFolder(one, 2);
        Directory.Delete(Path.Combine(one, "disc"), recursive: true);
        Directory.Delete(Path.Combine(one, "down"), recursive: true);
        Directory.CreateDirectory(empty);
        TestImages.WriteFolder(broken, 2);
        foreach (string file in Directory.GetFiles(Path.Combine(broken, "disc"))) File.WriteAllText(file, "no image");
        foreach (string folder in (string[])[one, empty, broken, Path.Combine(_folder, "missing")])
        {
            Tool result = Tool.Run("train", folder, "--runs", Runs);
            Assert.AreEqual(3, result.ExitCode, result.Errors);
            Assert.Contains(folder, result.Errors);
        }
        Assert.IsFalse(Directory.Exists(Runs));
    }

    [TestMethod]
    public void APartWithAnUnknownClass_ExitsWith3()
    {
        string data = Path.Combine(_folder, "data");
        TestImages.WriteFolder(Path.Combine(data, "train"), 2);
        TestImages.WriteFolder(Path.Combine(data, "val"), 2);
        Directory.Move(Path.Combine(data, "val", "disc"), Path.Combine(data, "val", "ring"));
        Tool result = Tool.Run("train", data, "--runs", Runs);
        Assert.AreEqual(3, result.ExitCode);
        Assert.Contains("'ring'", result.Errors);
    }

    /// <summary>Writes the predictions of a run's model to a file, so that models are compared by what they say.</summary>
    private static string Predict(string run)
    {
        string file = Path.Combine(run, "..", $"{Path.GetFileName(run)}.csv");
        File.WriteAllText(file, Tool.Succeed("predict", Path.Combine(run, "model.zip"), TrainedModel.TestSet, "--recursive", "--csv").Output);
        return file;
    }

    /// <summary>Cancels as soon as a text is written.</summary>
    private sealed class CancelingWriter(string text, CancellationTokenSource source) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true) source.Cancel();
        }
    }
}
