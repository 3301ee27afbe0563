using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>Every command of the installed tool as a process: help, output, files, exit codes and the names in JSON.</summary>
[TestClass]
public sealed class ToolCommandTests
{
    private static readonly Lazy<string> _folder = new(Prepare);

    [TestMethod]
    [DataRow("train", "--config")]
    [DataRow("predict", "--shard")]
    [DataRow("merge", "PARTS")]
    [DataRow("evaluate", "--details")]
    [DataRow("check", "DIR")]
    [DataRow("info", "FILE")]
    [DataRow("export", "--with-preprocessing")]
    [DataRow("new", "KIND")]
    [DataRow("models", "--json")]
    [DataRow("doctor", "--json")]
    public void Help_OfEachCommand_IsAResult(string command, string expected)
    {
        CommandResult help = InstalledTool.Run(_folder.Value, command, "--help");
        Assert.AreEqual((0, ""), (help.ExitCode, help.Errors));
        Assert.Contains($"convnext {command}", help.Output);
        Assert.Contains(expected, help.Output);
        Assert.Contains(command, InstalledTool.Succeed(_folder.Value, "--help"));
    }

    [TestMethod]
    [DataRow(1, "predict", "no-model.zip", "photos/disc/000.bmp")]
    [DataRow(1, "info", "photos/disc/000.bmp")]
    [DataRow(1, "train", "--config", "no.mbconfig")]
    [DataRow(2, "predict", "model.zip")]
    [DataRow(2, "export", "model.zip", "-o", "model.txt")]
    [DataRow(2, "new", "desktop", "model.zip")]
    [DataRow(2, "train", "photos", "-o", "model.zip")]
    [DataRow(3, "predict", "model.zip", "photos/*.bmp")]
    [DataRow(3, "evaluate", "model.zip", "nowhere")]
    [DataRow(3, "train", "photos/disc")]
    [DataRow(3, "merge", "photos/disc/000.csv", "-o", "all.csv")]
    public void Failures_HaveTheirExitCodes_AndAMessageWithoutStackTrace(int expected, params string[] arguments)
    {
        CommandResult result = InstalledTool.Run(_folder.Value, arguments);
        Assert.AreEqual((expected, ""), (result.ExitCode, result.Output), result.Errors);
        Assert.AreNotEqual("", result.Errors);
        Assert.DoesNotContain("   at ", result.Errors);
    }

    [TestMethod]
    public void Json_OfEachCommand_HasItsNames()
    {
        AssertNames("images unreadable predictions", "predict", "model.zip", "photos/disc");
        AssertNames("accuracy balancedAccuracy logLoss calibrationError images classes", "evaluate", "model.zip", "photos");
        AssertNames("images parts skipped unreadable exactDuplicates nearDuplicates leaks odd labelErrors", "check", "photos");
        AssertNames("file kind network parameters classes imageSize temperature weightsLicense labels", "info", "model.zip");
        AssertNames("models", "models");
        Assert.IsGreaterThan(0, InstalledTool.SucceedWithJson(_folder.Value, "doctor").GetProperty("cores").GetInt32());
        JsonElement plan = InstalledTool.SucceedWithJson(_folder.Value, "train", "photos", "--dry-run", "--size", "32", "--epochs", "2");
        Assert.AreEqual(2, plan.GetProperty("epochs").GetInt32());

        static void AssertNames(string names, params string[] arguments) => CollectionAssert.AreEqual(
            names.Split(' '), InstalledTool.SucceedWithJson(_folder.Value, arguments).EnumerateObject().Select(property => property.Name).ToArray());
    }

    [TestMethod]
    public void Files_OfEachCommand_AreWritten()
    {
        string folder = _folder.Value;
        foreach (string file in (string[])["model.onnx", "model.safetensors"])
        {
            Assert.AreEqual(file, InstalledTool.Succeed(folder, "export", "model.zip", "-o", file).Trim());
            Assert.IsTrue(File.Exists(Path.Combine(folder, file)));
        }
        InstalledTool.Succeed(folder, "new", "console", "model.zip", "-o", "app");
        Assert.IsTrue(File.Exists(Path.Combine(folder, "app", "app.csproj")));
        InstalledTool.Succeed(folder, "predict", "model.zip", "photos", "-r", "-o", "one.csv");
        foreach (int shard in (int[])[1, 2])
            InstalledTool.Succeed(folder, "predict", "model.zip", "photos", "-r", "--shard", $"{shard}/2", "-o", $"part{shard}.csv");
        InstalledTool.Succeed(folder, "merge", "part1.csv", "part2.csv", "-o", "all.csv");
        Assert.AreEqual(File.ReadAllText(Path.Combine(folder, "one.csv")), File.ReadAllText(Path.Combine(folder, "all.csv")));
    }

    private static string Prepare()
    {
        string folder = TestFolders.CreateTemporary();
        TestImages.WriteFolder(Path.Combine(folder, "photos"), 6);
        JsonElement result = InstalledTool.SucceedWithJson(folder, "train", "photos", "-o", "model.zip", "--size", "32", "--epochs", "2");
        Assert.AreEqual(Path.Combine(folder, "model.zip"), result.GetProperty("model").GetString());
        return folder;
    }
}
