using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>convnext report, train --report, evaluate --report and --against.</summary>
[TestClass]
public sealed class ReportTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    private string Page => Path.Combine(_folder, "page.html");

    [TestMethod]
    public void TrainWithReport_WritesThePage_AndAnOldRunGivesTheSameNumbers()
    {
        string runs = Path.Combine(_folder, "runs"), again = Path.Combine(_folder, "again.html");
        Tool.Succeed(["train", TrainedModel.Data, "--runs", runs, "--report", Page, .. TrainedModel.Short]);
        Tool.Succeed("report", Directory.GetDirectories(runs).Single(), "-o", again);
        JsonElement first = Read(Page), second = Read(again);
        Assert.AreEqual(15, first.GetProperty("images").GetInt32());
        Assert.AreEqual(first.GetProperty("logLoss").GetDouble(), second.GetProperty("logLoss").GetDouble());
        Assert.AreEqual(2, first.GetProperty("epochs").GetArrayLength());
        StringAssert.StartsWith(File.ReadAllText(Page), "<!DOCTYPE html>");
    }

    [TestMethod]
    public void EvaluateAndReport_WriteAPageAboutAModel()
    {
        Tool.Succeed("evaluate", TrainedModel.Path, TrainedModel.TestSet, "--report", Page);
        double accuracy = Read(Page).GetProperty("accuracy").GetDouble();
        Tool.Succeed("report", TrainedModel.Path, TrainedModel.TestSet, "-o", Page);
        Assert.AreEqual(accuracy, Read(Page).GetProperty("accuracy").GetDouble());
    }

    [TestMethod]
    public void EvaluateAgainstItself_FindsNoDifference()
    {
        JsonElement result = Tool.Succeed("evaluate", TrainedModel.Path, TrainedModel.TestSet, "--against", TrainedModel.Path, "--json").Json;
        JsonElement against = result.GetProperty("against");
        Assert.AreEqual(1, against.GetProperty("pValue").GetDouble());
        Assert.AreEqual(result.GetProperty("accuracy").GetDouble(), against.GetProperty("earlierAccuracy").GetDouble());
        Assert.AreEqual(0, against.GetProperty("lost").GetArrayLength());
        Assert.Contains("McNemar", Tool.Succeed("evaluate", TrainedModel.Path, TrainedModel.TestSet, "--against", TrainedModel.Path).Output);
    }

    [TestMethod]
    public void WrongUses_ExitWith2()
    {
        string[][] uses =
        [
            ["report", TrainedModel.Path, "-o", Page],
            ["report", _folder, "-o", Page],
            ["report", TrainedModel.Path, TrainedModel.TestSet, "-o", Path.Combine(_folder, "page.txt")],
            ["evaluate", TrainedModel.Path, TrainedModel.TestSet, "--report", Path.Combine(_folder, "missing", "page.html")],
        ];
        foreach (string[] use in uses) Assert.AreEqual(2, Tool.Run(use).ExitCode, string.Join(' ', use));
        Assert.IsEmpty(Directory.GetFiles(_folder));
    }

    [TestMethod]
    public void LabelsThatTheModelDoesNotKnow_ExitWith3()
    {
        string data = Path.Combine(_folder, "data");
        TestImages.WriteFolder(data, 2);
        Directory.Move(Path.Combine(data, "disc"), Path.Combine(data, "ring"));
        foreach (string[] use in (string[][])[["report", TrainedModel.Path, data, "-o", Page], ["evaluate", TrainedModel.Path, data, "--corruptions"]])
        {
            Tool result = Tool.Run(use);
            Assert.AreEqual(3, result.ExitCode, result.Errors);
            Assert.Contains("'ring'", result.Errors);
        }
        Assert.IsFalse(File.Exists(Page));
    }

    [TestMethod]
    public void OnlyImagesOfARun_AreCalledUnseen()
    {
        Tool.Succeed("report", TrainedModel.Path, TrainedModel.TestSet, "-o", Page);
        Assert.DoesNotContain("unseen", Read(Page).GetProperty("verdict").GetString()!);
        Tool.Succeed("report", Directory.GetDirectories(Path.Combine(TrainedModel.Folder, "runs")).Single(), "-o", Page);
        Assert.Contains("15 unseen pictures", Read(Page).GetProperty("verdict").GetString()!);
    }

    [TestMethod]
    public void EvaluateWithCorruptions_HasARowForEach()
    {
        string few = Path.Combine(_folder, "few");
        TestImages.WriteFolder(few, 1);
        JsonElement result = Tool.Succeed("evaluate", TrainedModel.Path, few, "--corruptions", "--json").Json.GetProperty("corruptions");
        Assert.AreEqual(15, result.EnumerateObject().Count());
        Assert.AreEqual(5, result.GetProperty("fog").GetArrayLength());
        string[] lines = Tool.Succeed("evaluate", TrainedModel.Path, few, "--corruptions").Lines;
        Assert.ContainsSingle(line => line.StartsWith("motion_blur", StringComparison.Ordinal), lines);
        Assert.Contains("on average", lines[^1]);
    }

    private static JsonElement Read(string page) => JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(page, ".json"))).RootElement;
}
