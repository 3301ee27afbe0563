namespace ConvNeXt.Tests;

/// <summary>Compares the public API with an approved file in tests/data/api, so that API changes do not go unnoticed.</summary>
internal static class ApprovedApi
{
    /// <summary>Environment variable; if set to 1, the approved files are written instead of compared.</summary>
    private const string ApproveVariable = "CONVNEXT_APPROVE_API";

    /// <summary>Fails with the first difference between the public API and the approved file.</summary>
    /// <param name="assembly">Simple name of the assembly.</param>
    /// <param name="actual">The public API as text.</param>
    public static void Check(string assembly, string actual)
    {
        string path = TestFolders.Data("api", $"{assembly}.txt");
        actual = actual.ReplaceLineEndings("\n").Trim() + "\n";
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }

        string[] expectedLines = File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n'), actualLines = actual.Split('\n');
        for (int i = 0; i < Math.Max(expectedLines.Length, actualLines.Length); i++)
        {
            string expected = expectedLines.ElementAtOrDefault(i) ?? "(end)", found = actualLines.ElementAtOrDefault(i) ?? "(end)";
            if (expected != found)
            {
                Assert.Fail(
                    $"The public API of {assembly} differs from tests/data/api/{assembly}.txt in line {i + 1}. Approved: {expected.Trim()} Found: {found.Trim()} "
                    + $"If the change is intended, run the test once with {ApproveVariable}=1 and commit the file.");
            }
        }
    }
}
