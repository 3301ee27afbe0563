using System.Reflection;
using ConvNeXt.Tests;

namespace Compat.Tests.PublicSurface;

/// <summary>What compat offers, ML.NET 5.0 offers under the same name in the same assembly: code written against the one compiles against the other.</summary>
[TestClass]
public class PublicSurfaceTests
{
    [TestMethod]
    [DataRow("Microsoft.ML.DataView")]
    [DataRow("Microsoft.ML.Core")]
    [DataRow("Microsoft.ML.Data")]
    [DataRow("Microsoft.ML.Transforms")]
    [DataRow("Microsoft.ML.ImageAnalytics")]
    [DataRow("Microsoft.Extensions.ML")]
    public void EveryPublicMember_ExistsInTheOfficialAssembly_WithTheSameSignature(string assemblyName)
    {
        string[] official = File.ReadAllLines(TestFolders.Data("api", assemblyName + ".txt"));
        var known = official.ToHashSet(StringComparer.Ordinal);
        string[] offered = [.. ApiListing.Of(Assembly.Load(assemblyName))];
        Assert.AreNotEqual(0, offered.Length);
        string[] foreign = [.. offered.Where(line => !known.Contains(line))];
        Assert.AreEqual(0, foreign.Length, $"{assemblyName} shows {foreign.Length} members that the official assembly does not have so:\n"
            + string.Join("\n", foreign.Select(line => Explain(line, official))));
    }

    [TestMethod]
    public void TheListing_SpellsMembersLikeTheOfficialOnes()
    {
        // The listing itself is checked on an assembly that has one of everything: the samples below.
        string[] lines = [.. ApiListing.Of(typeof(ListingSamples.Sample<>).Assembly).Where(l => l.Contains("ListingSamples", StringComparison.Ordinal))];
        foreach (string expected in ListingSamples.Samples.Expected)
            CollectionAssert.Contains(lines, expected);
    }

    private static string Explain(string line, string[] official)
    {
        string subject = line[..(line.IndexOf(": ", StringComparison.Ordinal) is var end and > 0 && line[0] == 'M' ? end : line.Length)];
        string[] alike = [.. official.Where(l => l.StartsWith(subject + ":", StringComparison.Ordinal))];
        return "  " + line + (alike.Length == 0 ? "\n      (no such member)" : string.Concat(alike.Select(l => "\n      official: " + l)));
    }
}
