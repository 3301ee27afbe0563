using System.Text.RegularExpressions;

namespace ConvNeXt.Tests.MLNetAssumptions;

/// <summary>Each summary here names the files of src/ConvNeXt.MLNet that rely on the assumption, as ConvNeXtTrainer.cs; they have to be there.</summary>
[TestClass]
public sealed partial class SourceFileTests
{
    [TestMethod]
    public void TheSourceFilesThatSummariesName_Exist()
    {
        string source = Path.Combine(TestFolders.Repository, "src", "ConvNeXt.MLNet");
        foreach (string test in Directory.GetFiles(Path.Combine(TestFolders.Repository, "tests", "ConvNeXt.MLNet.Tests", "MLNetAssumptions"), "*.cs"))
        {
            string summary = File.ReadLines(test).First(line => line.StartsWith("/// <summary>", StringComparison.Ordinal));
            string[] named = [.. SourceFile().Matches(summary).Select(match => match.Value)];
            Assert.AreNotEqual(0, named.Length, $"{test} names no source file");
            foreach (string file in named) Assert.IsTrue(File.Exists(Path.Combine(source, file)), $"{test} names {file}");
        }
    }

    [GeneratedRegex(@"[\w/.]+\.cs\b")]
    private static partial Regex SourceFile();
}
