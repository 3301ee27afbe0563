using System.Globalization;
using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>convnext predict: which images, and how the rows look.</summary>
[TestClass]
public sealed class PredictTests
{
    private static string Disc => Path.Combine(TrainedModel.TestSet, "disc");

    [TestMethod]
    public void Text_HasALineForEachImage_SortedByPath()
    {
        string[] lines = Tool.Succeed("predict", TrainedModel.Path, Disc, "--top", "2").Lines;
        Assert.HasCount(5, lines);
        Assert.AreEqual(Path.Combine(Disc, "000.bmp"), lines[0].Split('\t')[0]);
        CollectionAssert.Contains(TestImages.Labels, lines[0].Split('\t')[1]);
        Assert.HasCount(2, lines[0].Split('\t')[2].Split(", "));
    }

    [TestMethod]
    public void Json_HasTheProbabilitiesOfTheTop_MostLikelyFirst()
    {
        JsonElement result = Tool.Succeed("predict", TrainedModel.Path, Disc, "--json").Json;
        Assert.AreEqual(5, result.GetProperty("images").GetInt32());
        Assert.AreEqual(0, result.GetProperty("unreadable").GetInt32());
        foreach (JsonElement prediction in result.GetProperty("predictions").EnumerateArray())
        {
            double[] probabilities = [.. prediction.GetProperty("top").EnumerateArray().Select(label => label.GetProperty("probability").GetDouble())];
            Assert.AreEqual(1, probabilities.Sum(), 1e-5);
            CollectionAssert.AreEqual(probabilities.OrderDescending().ToArray(), probabilities);
            Assert.AreEqual(prediction.GetProperty("top")[0].GetProperty("label").GetString(), prediction.GetProperty("label").GetString());
        }
    }

    [TestMethod]
    public void Int8_ChangesProbabilitiesALittle()
    {
        double[] exact = Probabilities(Tool.Succeed("predict", TrainedModel.Path, Disc, "--json", "--top", "1"));
        double[] rounded = Probabilities(Tool.Succeed("predict", TrainedModel.Path, Disc, "--json", "--top", "1", "--int8"));
        CollectionAssert.AreNotEqual(exact, rounded);
        for (int i = 0; i < exact.Length; i++) Assert.AreEqual(exact[i], rounded[i], 0.1);

        static double[] Probabilities(Tool tool) =>
            [.. tool.Json.GetProperty("predictions").EnumerateArray().Select(prediction => prediction.GetProperty("top")[0].GetProperty("probability").GetDouble())];
    }

    [TestMethod]
    public void BelowTheThreshold_TheAnswerIsUnsure()
    {
        string[] all = Tool.Succeed("predict", TrainedModel.Path, Disc, "--threshold", "1").Lines;
        Assert.IsTrue(Array.TrueForAll(all, line => line.Split('\t')[1] == "unsure"), string.Join('\n', all));
        string[] none = Tool.Succeed("predict", TrainedModel.Path, Disc, "--threshold", "0").Lines;
        Assert.IsFalse(Array.Exists(none, line => line.Split('\t')[1] == "unsure"), string.Join('\n', none));
    }

    [TestMethod]
    public void UnreadableImages_AreNamed_AndTheOthersArePredicted()
    {
        string folder = TestFolders.CreateTemporary(), broken = Path.Combine(folder, "broken, \"quoted\".jpg"), missing = Path.Combine(folder, "missing.jpg");
        File.WriteAllText(broken, "no image");
        Tool result = Tool.Succeed("predict", TrainedModel.Path, broken, Path.Combine(Disc, "000.bmp"), missing, "--csv");
        Assert.Contains(broken, result.Errors);
        Assert.Contains(missing, result.Errors);
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.HasCount(4, lines);
        Assert.AreEqual("file,label,label1,probability1,label2,probability2,label3,probability3,problem", lines[0].TrimEnd());
        Assert.Contains("\"\"quoted\"\"", lines.Single(line => line.Contains("quoted", StringComparison.Ordinal)));
        string[] fields = lines.Single(line => line.Contains("000.bmp", StringComparison.Ordinal)).TrimEnd().Split(',');
        Assert.HasCount(9, fields);
        Assert.IsGreaterThan(1 / 3.0, double.Parse(fields[3], CultureInfo.InvariantCulture));
    }

    [TestMethod]
    public void WithoutAReadableImage_TheDataAreUnusable()
    {
        string folder = TestFolders.CreateTemporary();
        Assert.AreEqual(3, Tool.Run("predict", TrainedModel.Path, folder).ExitCode);
        Assert.AreEqual(3, Tool.Run("predict", TrainedModel.Path, Path.Combine(folder, "*.jpg")).ExitCode);
        Assert.AreEqual(3, Tool.Run("predict", TrainedModel.Path, Path.Combine(folder, "missing.jpg")).ExitCode);
    }

    [TestMethod]
    public void Shards_CoverTheListExactlyOnce_AndDoNotChangeWhenFilesAreAdded()
    {
        string[] all = Files("--recursive");
        Assert.HasCount(15, all);
        string[][] shards = [.. Enumerable.Range(1, 3).Select(i => Files("--recursive", "--shard", $"{i}/3"))];
        CollectionAssert.AreEquivalent(all, shards.SelectMany(shard => shard).ToArray());
        Assert.IsGreaterThan(1, shards.Count(shard => shard.Length > 0));

        string added = Path.Combine(Disc, "added.bmp");
        File.Copy(Path.Combine(Disc, "000.bmp"), added);
        try
        {
            for (int i = 0; i < 3; i++)
                CollectionAssert.AreEqual(shards[i], Files("--recursive", "--shard", $"{i + 1}/3").Where(file => file != added).ToArray());
        }
        finally
        {
            File.Delete(added);
        }

        static string[] Files(params string[] options) =>
            [.. Tool.Succeed(["predict", TrainedModel.Path, TrainedModel.TestSet, .. options]).Lines.Select(line => line.Split('\t')[0])];
    }

    [TestMethod]
    [DataRow(5, "disc/*.bmp")]
    [DataRow(3, "*/000.bmp")]
    [DataRow(15, "**/*.bmp")]
    [DataRow(6, "disc/00?.bmp", "disc/000.bmp", "d*/001.bmp")]
    public void Patterns_FindFiles_EachOnce(int expected, params string[] arguments)
    {
        string[] paths = [.. arguments.Select(argument => Path.Combine(TrainedModel.TestSet, argument))];
        Assert.HasCount(expected, Tool.Succeed(["predict", TrainedModel.Path, .. paths]).Lines);
    }
}
