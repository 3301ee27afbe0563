namespace ConvNeXt.Tests;

/// <summary>Where tests find data. Data of the project lies in tests/data; the large shared data may be absent, and a test that needs it is then skipped.</summary>
internal static class TestFolders
{
    private static readonly Lazy<string> _temporary = new(() => Directory.CreateTempSubdirectory("convnext-test-").FullName);

    private static int _temporaryCount;

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

    /// <summary>A fresh empty folder; it is deleted when all tests of the project have run, where the test has not done so.</summary>
    public static string CreateTemporary() =>
        Directory.CreateDirectory(Path.Combine(_temporary.Value, $"{Interlocked.Increment(ref _temporaryCount)}")).FullName;

    /// <summary>Deletes the temporary folders of this process.</summary>
    public static void DeleteTemporary()
    {
        if (!_temporary.IsValueCreated) return;
        try
        {
            Directory.Delete(_temporary.Value, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file is still open somewhere; that is no reason to fail tests that passed.
            Console.Error.WriteLine($"Temporary files of tests are left behind: {e.Message}");
        }
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ConvNeXt.MLNet.sln"))) return folder.FullName;
        throw new InvalidOperationException($"ConvNeXt.MLNet.sln was not found above {AppContext.BaseDirectory}.");
    }
}
