using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>convnext tune: the search, its folder, Ctrl-C and continuing.</summary>
[TestClass]
public sealed class TuneTests
{
    private static readonly string[] _short = ["--size", "32", "--epochs", "1", "--batch", "8", "--trials", "2"];

    private readonly string _folder = TestFolders.CreateTemporary();
    private readonly string _data = WriteData();

    private string Runs => Path.Combine(_folder, "runs");

    [TestMethod]
    public void ASearch_LeavesOptionsJournalSettingsModelAndResult()
    {
        string model = Path.Combine(_folder, "model.zip");
        Tool tool = Tool.Succeed(["tune", _data, "-o", model, "--runs", Runs, "--json", .. _short]);
        JsonElement result = tool.Json;
        string run = Directory.GetDirectories(Runs).Single();
        Assert.AreEqual(run, result.GetProperty("run").GetString());
        Assert.AreEqual(model, result.GetProperty("model").GetString());
        Assert.IsFalse(result.GetProperty("canceled").GetBoolean());
        Assert.AreEqual(3, result.GetProperty("trials").GetArrayLength(), "Features with a linear head, the default settings, and one more.");
        Assert.AreEqual("default", result.GetProperty("trials")[1].GetProperty("name").GetString());
        Assert.AreEqual(15, result.GetProperty("heldOut").GetProperty("images").GetInt32(), "The part test.");
        string?[] files = [.. Directory.GetFileSystemEntries(run).Select(Path.GetFileName)];
        foreach (string file in (string[])["journal.jsonl", "log.txt", "model.zip", "result.json", "settings.json", "tune.json"]) Assert.Contains(file, files);
        Assert.DoesNotContain("final", files);
        JsonElement settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "settings.json"))).RootElement;
        Assert.IsTrue(settings.EnumerateObject().Any());
        Assert.DoesNotContain("imageSize", tool.Output, "A size that is given is not searched.");
        Tool.Succeed("predict", model, Path.Combine(_data, "test", "disc"));

        string page = Path.Combine(_folder, "page.html"), chosen = Path.Combine(run, "settings.json"), other = Path.Combine(_folder, "training");
        Tool.Succeed("train", _data, "--size", "32", "--epochs", "1", "--settings", chosen, "--runs", other, "--report", page, "--weights-license", "MIT-0");
        JsonElement options = JsonDocument.Parse(File.ReadAllText(Path.Combine(Directory.GetDirectories(other).Single(), "options.json"))).RootElement;
        CollectionAssert.AreEquivalent(Values(settings), Values(options.GetProperty("Settings")));
        Dictionary<string, string> listed = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(page, ".json"))).RootElement.GetProperty("settings")
            .EnumerateArray().ToDictionary(setting => setting.GetProperty("key").GetString()!, setting => setting.GetProperty("value").GetString()!);
        foreach (JsonProperty setting in settings.EnumerateObject()) Assert.AreEqual(setting.Value.GetRawText(), listed[$"Tuned: {setting.Name}"]);
        Assert.AreEqual("MIT-0", listed["License of the weights"]);
    }

    [TestMethod]
    public void CanceledAndContinued_TheJournalIsThatOfAnUninterruptedSearch()
    {
        string[] start = ["tune", _data, "--runs", Runs, .. _short];
        using var cancel = new CancellationTokenSource();
        Tool canceled = Tool.Run(cancel.Token, new CancelingWriter("default:", cancel), start);
        Assert.AreEqual(130, canceled.ExitCode, canceled.Errors);
        Assert.Contains("--resume continues the search", canceled.Output);
        string run = Directory.GetDirectories(Runs).Single();
        Assert.IsFalse(File.Exists(Path.Combine(run, "model.zip")));

        JsonElement continued = Tool.Succeed("tune", _data, "--resume", "--runs", Runs, "--json").Json;
        Assert.AreEqual(run, continued.GetProperty("run").GetString());
        string other = Path.Combine(_folder, "whole");
        JsonElement whole = Tool.Succeed(["tune", _data, "--runs", other, "--json", .. _short]).Json;
        Assert.AreEqual(whole.GetProperty("chosen").GetInt32(), continued.GetProperty("chosen").GetInt32());
        Assert.AreEqual(whole.GetProperty("heldOut").GetRawText(), continued.GetProperty("heldOut").GetRawText());
        CollectionAssert.AreEqual(Scores(whole), Scores(continued));
        Assert.AreEqual(2, Tool.Run("tune", _data, "--resume", "--runs", Runs).ExitCode, "A search that has ended cannot be continued.");
        Assert.AreEqual(2, Tool.Run("train", _data, "--resume", "--runs", Runs).ExitCode, "A search is not a training.");
    }

    [TestMethod]
    public void SettingsThatAreNone_AreRefused_BeforeTraining()
    {
        string file = Path.Combine(_folder, "settings.json");
        foreach (var (content, reason) in ((string, string)[])
            [
                ("{", "not a JSON object"), ("[1]", "not a JSON object"), ("{\"steps\": \"two\"}", "not a JSON object"), ("{}", "empty"),
                ("{\"momentum\": 0.9}", "'momentum' is not a tuned option"), ("{\"dropPath\": 2}", "'dropPath' must be from 0"),
                (new string(' ', 70_000), "larger than 65536 bytes"),
            ])
        {
            File.WriteAllText(file, content);
            Tool refused = Tool.Run("train", _data, "--settings", file, "--runs", Runs);
            Assert.AreEqual(2, refused.ExitCode, refused.Errors);
            Assert.Contains(reason, refused.Errors);
        }
        Assert.AreEqual(1, Tool.Run("train", _data, "--settings", Path.Combine(_folder, "missing.json"), "--runs", Runs).ExitCode);
        Assert.AreEqual(2, Tool.Run("train", _data, "--settings", file, "--code", "-o", Path.Combine(_folder, "m.zip"), "--runs", Runs).ExitCode);
        Assert.IsFalse(Directory.Exists(Runs));
    }

    [TestMethod]
    public void WrongOptionsAndUnusableImages_AreRefused()
    {
        Assert.AreEqual(2, Tool.Run("tune", _data, "--trials", "0", "--runs", Runs).ExitCode);
        Assert.AreEqual(2, Tool.Run("tune", _data, "--time", "soon", "--runs", Runs).ExitCode);
        Tool misspelled = Tool.Run("tune", _data, "--trails", "3", "--runs", Runs);
        Assert.AreEqual(2, misspelled.ExitCode);
        Assert.Contains("--trials", misspelled.Errors);
        Assert.AreEqual(2, Tool.Run("tune", _data, "--resume", "--trials", "3", "--runs", Runs).ExitCode);
        Assert.AreEqual(3, Tool.Run("tune", Path.Combine(_folder, "missing"), "--runs", Runs).ExitCode);
        string model = Path.Combine(_folder, "model.zip");
        File.WriteAllText(model, "precious");
        Assert.AreEqual(2, Tool.Run("tune", _data, "-o", model, "--runs", Runs).ExitCode);
        Assert.AreEqual("precious", File.ReadAllText(model));
        Assert.IsFalse(Directory.Exists(Runs));
    }

    private static string[] Values(JsonElement settings) => [.. settings.EnumerateObject().Select(setting => $"{setting.Name} {setting.Value.GetRawText()}")];

    private static string[] Scores(JsonElement result) =>
        [.. result.GetProperty("trials").EnumerateArray().Select(trial => trial.GetProperty("score").GetRawText())];

    private static string WriteData()
    {
        string folder = TestFolders.CreateTemporary();
        TestImages.WriteFolder(Path.Combine(folder, "train"), 12, seed: 1);
        TestImages.WriteFolder(Path.Combine(folder, "test"), 5, seed: 3);
        return folder;
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
