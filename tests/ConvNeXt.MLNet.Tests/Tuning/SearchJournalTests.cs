using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ConvNeXt.MLNet.Tuning.Search;

namespace ConvNeXt.Tests.Tuning;

/// <summary>A search is continued from its journal, wherever it was cut off.</summary>
[TestClass]
public sealed class SearchJournalTests
{
    private readonly string _folder = TestFolders.CreateTemporary();

    private string File => Path.Combine(_folder, SearchJournal.FileName);

    [TestMethod]
    public void CutAfterEachLine_TheSearchEndsWithTheSameJournalAndChoice()
    {
        SyntheticSearch whole = SyntheticSearch.Run(seed: 4, trials: 10, folder: _folder);
        string[] lines = System.IO.File.ReadAllLines(File);
        Assert.IsGreaterThan(15, lines.Length);
        for (int cut = 0; cut < lines.Length; cut++)
        {
            System.IO.File.WriteAllText(File, string.Concat(lines.Take(cut).Select(line => line + "\n")));
            SyntheticSearch continued = SyntheticSearch.Run(seed: 4, trials: 10, folder: _folder);
            Assert.AreEqual(whole.Chosen.Number, continued.Chosen.Number, $"Cut after line {cut}");
            Assert.HasCount(lines.Length - Math.Max(1, cut), continued.Trials.Evaluated, $"Cut after line {cut}");
            string[] after = System.IO.File.ReadAllLines(File);
            CollectionAssert.AreEqual(lines.Select(WithoutTime).ToArray(), after.Select(WithoutTime).ToArray(), $"Cut after line {cut}");
        }
    }

    [TestMethod]
    public void WithATimeLimit_DecisionsOfTheClockAreKept()
    {
        TimeSpan limit = TimeSpan.FromSeconds(25);
        SyntheticSearch whole = SyntheticSearch.Run(seed: 2, limit, folder: _folder);
        string[] lines = System.IO.File.ReadAllLines(File);
        Assert.Contains(line => line.Contains("\"closed\"", StringComparison.Ordinal), lines);
        SyntheticSearch again = SyntheticSearch.Run(seed: 2, limit, folder: _folder);
        Assert.IsEmpty(again.Trials.Evaluated);
        Assert.AreEqual(whole.Chosen.Number, again.Chosen.Number);
        CollectionAssert.AreEqual(lines, System.IO.File.ReadAllLines(File));
        for (int cut = 1; cut < lines.Length; cut += 3)
        {
            System.IO.File.WriteAllText(File, string.Concat(lines.Take(cut).Select(line => line + "\n")));
            SyntheticSearch.Run(seed: 2, limit, folder: _folder);
            CollectionAssert.AreEqual(lines, System.IO.File.ReadAllLines(File), $"The clock of this test depends on the work alone; cut after line {cut}");
        }
    }

    [TestMethod]
    [DataRow("{\"event\":\"meas")]
    [DataRow("{\"event\":\"measured\",\"trial\":3}")]
    [DataRow("\0\0\0")]
    public void ALastLineWithoutItsEnd_IsRemoved(string half)
    {
        SyntheticSearch whole = SyntheticSearch.Run(seed: 4, trials: 5, folder: _folder);
        string[] lines = System.IO.File.ReadAllLines(File);
        System.IO.File.WriteAllText(File, string.Concat(lines.Take(6).Select(line => line + "\n")) + half);
        SyntheticSearch continued = SyntheticSearch.Run(seed: 4, trials: 5, folder: _folder);
        Assert.AreEqual(whole.Chosen.Number, continued.Chosen.Number);
        CollectionAssert.AreEqual(lines.Select(WithoutTime).ToArray(), System.IO.File.ReadAllLines(File).Select(WithoutTime).ToArray());
    }

    [TestMethod]
    [DataRow("nonsense")]
    [DataRow("{\"event\":\"measured\",\"trial\":3}")]
    [DataRow("{\"event\":\"search\",\"version\":1,\"identity\":{}}")]
    [DataRow("null")]
    public void ADamagedLine_IsNamed(string line)
    {
        SyntheticSearch.Run(seed: 4, trials: 5, folder: _folder);
        List<string> lines = [.. System.IO.File.ReadAllLines(File)];
        lines[3] = line;
        System.IO.File.WriteAllLines(File, lines);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => SyntheticSearch.Run(seed: 4, trials: 5, folder: _folder));
        Assert.Contains("Line 4", error.Message);
    }

    [TestMethod]
    public void TheJournalOfAnotherSearch_IsRefused_WithTheDifference()
    {
        SyntheticSearch.Run(seed: 4, trials: 5, folder: _folder);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => SyntheticSearch.Run(seed: 5, trials: 5, folder: _folder));
        Assert.Contains("seed is 5, was 4", error.Message);
        string before = System.IO.File.ReadAllText(File);
        error = Assert.ThrowsExactly<InvalidOperationException>(
            () => SearchJournal.Open(_folder, resume: false, ImmutableSortedDictionary<string, string>.Empty));
        Assert.Contains("Resume", error.Message);
        Assert.AreEqual(before, System.IO.File.ReadAllText(File));
    }

    // Seconds differ between runs; nothing depends on them without a time limit.
    private static string WithoutTime(string line)
    {
        JsonObject values = JsonNode.Parse(line)!.AsObject();
        values.Remove("at");
        values.Remove("seconds");
        return values.ToJsonString();
    }
}
