using System.Diagnostics;
using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>convnext predict --shard and convnext merge: the parts of several processes are one run, and what is missing is named.</summary>
[TestClass]
public sealed class MergeTests
{
    private const int Shards = 7;

    private readonly string _folder = TestFolders.CreateTemporary();

    [TestMethod]
    public void SevenShards_WithKillsAndRestarts_EqualOneRun_RowForRow()
    {
        string pictures = Path.Combine(_folder, "pictures");
        TestImages.WriteFolder(pictures, 30);
        File.WriteAllText(Path.Combine(pictures, "disc", "broken, \"quoted\".bmp"), "no image");
        string one = Path.Combine(_folder, "one.csv"), all = Path.Combine(_folder, "all.csv");
        Tool.Succeed("predict", TrainedModel.Path, pictures, "-r", "-o", one);

        string[] parts = [.. Enumerable.Range(1, Shards).Select(shard => Path.Combine(_folder, $"part{shard}.csv"))];
        for (int i = 0; i < Shards; i++)
        {
            string[] arguments = ["predict", TrainedModel.Path, pictures, "-r", "--shard", $"{i + 1}/{Shards}", "-o", parts[i]];
            if (i % 3 == 0) Kill(arguments, parts[i]);
            Tool.Succeed(arguments);
            DateTime written = File.GetLastWriteTimeUtc(parts[i]);
            Assert.Contains("finished already", Tool.Succeed(arguments).Errors);
            Assert.AreEqual(written, File.GetLastWriteTimeUtc(parts[i]));
        }
        Assert.AreEqual(all, Tool.Succeed(["merge", .. parts.Reverse(), "-o", all]).Lines.Single());
        CollectionAssert.AreEqual(File.ReadAllLines(one), File.ReadAllLines(all));
        Assert.HasCount(92, File.ReadAllLines(all));
        Assert.IsFalse(Directory.EnumerateFiles(_folder, "*.part").Any());
    }

    [TestMethod]
    public void JsonParts_EqualOneRun()
    {
        string one = Path.Combine(_folder, "one.json"), all = Path.Combine(_folder, "all.json");
        Tool.Succeed("predict", TrainedModel.Path, TrainedModel.TestSet, "-r", "-o", one);
        string[] parts = WriteParts(3, ".json");
        Tool.Succeed(["merge", .. parts, "-o", all]);
        Assert.AreEqual(File.ReadAllText(one), File.ReadAllText(all));
    }

    [TestMethod]
    public void MissingAndDoubledShards_AreNamed()
    {
        string[] parts = WriteParts(4, ".csv");
        string copy = Path.Combine(_folder, "copy.csv");
        File.Copy(parts[0], copy);
        Tool result = Tool.Run("merge", parts[0], copy, parts[2], "-o", Path.Combine(_folder, "all.csv"));
        Assert.AreEqual(3, result.ExitCode);
        Assert.Contains("Missing shards of 4: 2, 4.", result.Errors);
        Assert.Contains($"Shards in several files: 1 ('{parts[0]}', '{copy}').", result.Errors);
        Assert.IsFalse(File.Exists(Path.Combine(_folder, "all.csv")));
    }

    [TestMethod]
    public void APartThatIsNotWhole_IsNamed()
    {
        string[] parts = WriteParts(2, ".csv");
        string whole = File.ReadAllText(parts[1]);
        string[] lines = File.ReadAllLines(parts[1]);
        Assert.IsGreaterThan(3, lines.Length);
        Refuse(string.Join('\n', lines[..^1]) + "\n", $"it has {lines.Length - 3} of {lines.Length - 2} rows");
        Refuse(whole[..^5], "it ends within a row");
        Refuse(string.Join('\n', [.. lines[..^1], lines[^2]]) + "\n", "two rows for");
        Refuse(string.Join('\n', [.. lines[..^1], $"elsewhere/{FindOfOtherShard()},disc"]) + "\n", "belongs to another shard");
        Refuse(string.Join('\n', lines[1..]) + "\n", "not written by 'convnext predict --shard'");
        Refuse("", "not written by 'convnext predict --shard'");

        void Refuse(string contents, string expected)
        {
            File.WriteAllText(parts[1], contents);
            Tool result = Tool.Run("merge", parts[0], parts[1], "-o", Path.Combine(_folder, "all.csv"));
            Assert.AreEqual(3, result.ExitCode, result.Errors);
            Assert.Contains(parts[1], result.Errors);
            Assert.Contains(expected, result.Errors);
        }
    }

    [TestMethod]
    public void PartsOfOtherPredictions_DoNotBelongTogether()
    {
        string[] parts = WriteParts(2, ".csv");
        string other = Path.Combine(_folder, "other.csv");
        Tool.Succeed("predict", TrainedModel.Path, TrainedModel.TestSet, "-r", "--shard", "2/2", "--top", "1", "-o", other);
        Tool result = Tool.Run("merge", parts[0], other, "-o", Path.Combine(_folder, "all.csv"));
        Assert.AreEqual(3, result.ExitCode);
        Assert.Contains("different values of --top, --threshold or --int8", result.Errors);
        Tool again = Tool.Run("predict", TrainedModel.Path, TrainedModel.TestSet, "-r", "--shard", "2/2", "-o", other);
        Assert.AreEqual(2, again.ExitCode, "The file is another part.");
    }

    [TestMethod]
    public void WrongFiles_AreWrongCommandLinesOrData()
    {
        string[] parts = WriteParts(2, ".csv");
        Assert.AreEqual(2, Tool.Run("merge", parts[0], parts[1], "-o", parts[0]).ExitCode);
        Assert.AreEqual(2, Tool.Run("merge", parts[0], parts[1], "-o", Path.Combine(_folder, "all.json")).ExitCode);
        Assert.AreEqual(3, Tool.Run("merge", parts[0], Path.Combine(_folder, "no.csv"), "-o", Path.Combine(_folder, "all.csv")).ExitCode);
        string text = Path.Combine(_folder, "part.txt");
        Assert.AreEqual(2, Tool.Run("predict", TrainedModel.Path, TrainedModel.TestSet, "-r", "--shard", "1/2", "-o", text).ExitCode);
    }

    private string[] WriteParts(int count, string extension) =>
    [
        .. Enumerable.Range(1, count).Select(shard => Tool.Succeed(
            "predict", TrainedModel.Path, TrainedModel.TestSet, "-r", "--shard", $"{shard}/{count}",
            "-o", Path.Combine(_folder, $"part{shard}{extension}")).Lines.Single()),
    ];

    // Found by trying: which shard a path belongs to is decided by its hash.
    private static string FindOfOtherShard() =>
        Enumerable.Range(0, 100).Select(i => $"{i}.bmp").First(name => new Cli.Sharding.Shard(1, 2).Contains($"elsewhere/{name}"));

    /// <summary>Starts a process of the tool and kills it as soon as it has begun to write.</summary>
    private static void Kill(string[] arguments, string part)
    {
        string tool = Path.Combine(AppContext.BaseDirectory, "ConvNeXt.Cli.dll");
        var start = new ProcessStartInfo("dotnet", [tool, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        while (!File.Exists(part + ".part") && !process.HasExited) Thread.Sleep(1);
        process.Kill();
        process.WaitForExit();
    }
}
