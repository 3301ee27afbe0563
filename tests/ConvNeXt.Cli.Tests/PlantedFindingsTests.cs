using System.Text.Json;

namespace ConvNeXt.Tests;

/// <summary>How many planted findings convnext check finds among real photos, of one draw; <c>bench labels</c> measures more of them.</summary>
[TestClass]
[TestCategory("Slow")]
public sealed class PlantedFindingsTests
{
    // Of 6 wrong labels, less than 1 would be among the suspects by chance; docs/evidence/tool.md has how many are found.
    private const double LeastRecallOfCopies = 0.95, LeastRecallOfLabels = 0.5;
    private const int Seeds = 1, MostFalsePairs = 2;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void PlantedCopiesAndWrongLabels_AreFound()
    {
        TestFolders.Shared("data", "flowers");
        int planted = 0, found = 0, flipped = 0, suspected = 0;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var flowers = new PlantedFlowers(seed);
            JsonElement result = Tool.Succeed("check", flowers.Folder, "--json").Json;
            Dictionary<string, double> pairs = result.GetProperty("nearDuplicates").EnumerateArray().ToDictionary(
                pair => Key([.. pair.GetProperty("files").EnumerateArray().Select(file => file.GetString()!)]),
                pair => pair.GetProperty("similarity").GetDouble());
            foreach (var (photo, copy, change) in flowers.Pairs)
            {
                bool isFound = pairs.Remove(Key([photo, copy]), out double similarity);
                planted++;
                if (isFound) found++;
                TestContext.WriteLine(FormattableString.Invariant($"seed {seed}: {change} {(isFound ? $"found, {similarity:0.000}" : "missed")}"));
            }
            foreach (var (pair, similarity) in pairs) TestContext.WriteLine(FormattableString.Invariant($"seed {seed}: false {similarity:0.000} {pair}"));
            int twice = 2 * flowers.Flipped.Count;
            string?[] suspects = [.. result.GetProperty("labelErrors").EnumerateArray().Take(twice).Select(suspect => suspect.GetProperty("file").GetString())];
            flipped += flowers.Flipped.Count;
            int right = flowers.Flipped.Count(file => suspects.Contains(file));
            suspected += right;
            TestContext.WriteLine($"seed {seed}: {right} of {flowers.Flipped.Count} wrong labels in the first {twice}");
            Assert.IsLessThanOrEqualTo(MostFalsePairs, pairs.Count, string.Join('\n', pairs.Keys));
        }
        Assert.IsGreaterThanOrEqualTo(LeastRecallOfCopies * planted, found, "copies found");
        Assert.IsGreaterThanOrEqualTo(LeastRecallOfLabels * flipped, suspected, "wrong labels found");
    }

    private static string Key(string[] files) => string.Join(" ~ ", files.Order(StringComparer.Ordinal));
}
