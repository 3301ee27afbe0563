namespace ConvNeXt.Tests;

/// <summary>Wrong command lines, help, exit codes and what is written where.</summary>
[TestClass]
public sealed class UsageTests
{
    [TestMethod]
    [DataRow("--epochs", "train", "photos", "--epcohs", "5")]
    [DataRow("--epochs", "train", "--epoch", "5", "photos")]
    [DataRow("--recursive", "predict", "model.zip", "--recursve", "photos")]
    [DataRow("--threshold", "predict", "model.zip", "photos", "--treshold=0.5")]
    [DataRow("--json", "evaluate", "model.zip", "photos", "--jsno")]
    [DataRow("--verbosity", "check", "photos", "--verbose", "diag")]
    public void AMisspelledOption_IsAnsweredWithTheNearest(string nearest, params string[] arguments)
    {
        Tool result = Tool.Run(arguments);
        Assert.AreEqual(2, result.ExitCode);
        Assert.Contains($"Did you mean '{nearest}'?", result.Errors);
        Assert.AreEqual("", result.Output);
    }

    [TestMethod]
    public void AMisspelledCommand_IsAnsweredWithTheNearest()
    {
        Tool result = Tool.Run("trian", "photos");
        Assert.AreEqual(2, result.ExitCode);
        Assert.Contains("Did you mean 'train'?", result.Errors);
    }

    [TestMethod]
    public void AnOptionThatIsLikeNone_GetsNoProposal()
    {
        Tool result = Tool.Run("check", "photos", "--xylophone");
        Assert.AreEqual(2, result.ExitCode);
        Assert.Contains("There is no option '--xylophone'.", result.Errors);
        Assert.DoesNotContain("Did you mean", result.Errors);
    }

    [TestMethod]
    [DataRow("A command is missing")]
    [DataRow("DIR", "train")]
    [DataRow("FILES", "predict", "model.zip")]
    [DataRow("--top is 'many'", "predict", "model.zip", "photos", "--top", "many")]
    [DataRow("--size is '8'", "train", "photos", "--size", "8")]
    [DataRow("--threshold is '1.5'", "predict", "model.zip", "photos", "--threshold", "1.5")]
    [DataRow("--shard is '3/2'", "predict", "model.zip", "photos", "--shard", "3/2")]
    [DataRow("'soon' is not a time", "train", "photos", "--time", "soon")]
    [DataRow("--verbosity is 'loud'", "check", "photos", "--verbosity", "loud")]
    [DataRow("--csv and --json", "predict", "model.zip", "photos", "--csv", "--json")]
    [DataRow("one argument too many", "check", "photos", "others")]
    [DataRow("leave out the others", "train", "photos", "--resume", "--epochs", "3")]
    public void AWrongCommandLine_ExitsWith2_AndSaysWhatIsWrong(string expected, params string[] arguments)
    {
        Tool result = Tool.Run(arguments);
        Assert.AreEqual(2, result.ExitCode);
        Assert.Contains(expected, result.Errors);
        Assert.Contains("--help", result.Errors);
    }

    [TestMethod]
    [DataRow("--runs", "train", "--help")]
    [DataRow("--shard", "predict", "-h")]
    [DataRow("--details", "evaluate", "--help")]
    [DataRow("--json", "check", "--help")]
    [DataRow("--json", "info", "--help")]
    [DataRow("--output", "export", "--help")]
    [DataRow("evaluate", "--help")]
    public void Help_IsAResult_AndNamesOptions(string expected, params string[] arguments)
    {
        Tool result = Tool.Succeed(arguments);
        Assert.Contains(expected, result.Output);
        Assert.AreEqual("", result.Errors);
    }

    [TestMethod]
    public void AnError_HasAStackTraceOnlyIfAskedFor()
    {
        string[] arguments = ["predict", "no-such-model.zip", "photo.jpg"];
        Tool plain = Tool.Run(arguments), diag = Tool.Run([.. arguments, "--verbosity", "diag"]);
        Assert.AreEqual(1, plain.ExitCode);
        Assert.AreEqual("There is no model file 'no-such-model.zip'." + Environment.NewLine, plain.Errors);
        Assert.AreEqual(1, diag.ExitCode);
        Assert.Contains("   at ConvNeXt.Cli.", diag.Errors);
    }

    [TestMethod]
    public void AFileThatIsNoModel_IsAFailure_WithItsName()
    {
        string file = Path.Combine(TestFolders.CreateTemporary(), "broken.zip");
        File.WriteAllText(file, "no model");
        Tool result = Tool.Run("evaluate", file, TrainedModel.TestSet);
        Assert.AreEqual(1, result.ExitCode);
        Assert.Contains(file, result.Errors);
    }

    [TestMethod]
    public void Quiet_WritesNoProgress()
    {
        Tool result = Tool.Succeed(["train", TrainedModel.Data, "--dry-run", "--verbosity", "quiet", .. TrainedModel.Short]);
        Assert.AreEqual("", result.Errors);
        Assert.AreNotEqual("", result.Output);
    }
}
