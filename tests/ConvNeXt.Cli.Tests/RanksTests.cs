using System.Text.Json;
using System.Text.RegularExpressions;

namespace ConvNeXt.Tests;

/// <summary>mpirun -n 2 convnext train, with the tool as its users start it; skipped where there is no mpirun.</summary>
[TestClass]
public sealed class RanksTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    private static string Program => Path.Combine(AppContext.BaseDirectory, "ConvNeXt.Cli.dll");

    [TestMethod]
    [DataRow("openmpi")]
    [DataRow("mpich")]
    public void MpirunTrain_NeedsNoOtherOption_AndLeavesOneRun(string implementation)
    {
        string runs = Path.Combine(_folder, "runs");
        using MpiRun run = MpiLauncher.Find(implementation).Start(2, Program, ["train", TrainedModel.Data, "--runs", runs, .. TrainedModel.Short]);
        Assert.AreEqual(0, run.Wait(), run.Text);
        string folder = Directory.GetDirectories(runs).Single();
        using JsonDocument result = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "result.json")));
        Assert.AreEqual(2, result.RootElement.GetProperty("epochs").GetInt32());
        Assert.HasCount(2, Regex.Matches(run.Text, "^Epoch ", RegexOptions.Multiline), run.Text);
        Assert.HasCount(1, Regex.Matches(run.Text, "2 ranks divide the work"), run.Text);
        StringAssert.Contains(File.ReadAllText(Path.Combine(folder, "log.txt")), "2 ranks divide each batch");

        // The same accuracy as one process.
        string alone = Path.Combine(_folder, "alone");
        Tool.Succeed(["train", TrainedModel.Data, "--runs", alone, .. TrainedModel.Short]);
        string[] expected = File.ReadAllLines(Path.Combine(Directory.GetDirectories(alone).Single(), "metrics.csv")), found = File.ReadAllLines(Path.Combine(folder, "metrics.csv"));
        int loss = Array.IndexOf(expected[0].Split(','), "train_loss");
        double one = double.Parse(expected[^1].Split(',')[loss], System.Globalization.CultureInfo.InvariantCulture);
        Assert.AreEqual(one, double.Parse(found[^1].Split(',')[loss], System.Globalization.CultureInfo.InvariantCulture), 1e-4 * one);
    }

    [TestMethod]
    [DataRow("openmpi")]
    public void WithoutData_AllEndWithTheMessage(string implementation)
    {
        using MpiRun run = MpiLauncher.Find(implementation).Start(2, Program, "train", Path.Combine(_folder, "missing"), "--runs", _folder);
        Assert.AreNotEqual(0, run.Wait(TimeSpan.FromSeconds(60)));
        StringAssert.Contains(run.Text, "missing");
    }
}
