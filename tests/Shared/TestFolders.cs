namespace ConvNeXt.Tests;

/// <summary>Where tests find data. Data of the project lies in tests/data; the large shared data may be absent, and a test that needs it is then skipped.</summary>
internal static class TestFolders
{
    /// <summary>The root of the checkout: the folder that holds ConvNeXt.MLNet.sln.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A file or folder under tests/data.</summary>
    public static string Data(params string[] parts) => Path.Combine([Repository, "tests", "data", .. parts]);

    /// <summary>A file or folder of the shared reference data beside the checkout; where it is absent the test is skipped (inconclusive) with a message.</summary>
    public static string Shared(params string[] parts)
    {
        string path = Path.GetFullPath(Path.Combine([Repository, "..", "shared", .. parts]));
        if (!Path.Exists(path))
            Assert.Inconclusive($"Skipped: needs ../shared/{string.Join('/', parts)} beside the checkout.");
        return path;
    }

    /// <summary>A fresh empty folder under the system's temporary folder.</summary>
    public static string CreateTemporary() => Directory.CreateTempSubdirectory("convnext-test-").FullName;

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ConvNeXt.MLNet.sln"))) return folder.FullName;
        throw new InvalidOperationException($"ConvNeXt.MLNet.sln was not found above {AppContext.BaseDirectory}.");
    }
}
