namespace ConvNeXt.Tests;

/// <summary>Finds test data: the project's own in tests/data, and large shared data that may be missing; tests that need it are then skipped.</summary>
internal static class TestFolders
{
    private static readonly Lazy<string> _temporary = new(() => Directory.CreateTempSubdirectory("convnext-test-").FullName);

    private static int _temporaryCount;

    /// <summary>The root of the repository: the folder that contains ConvNeXt.MLNet.sln.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Returns the path of a file or folder in tests/data.</summary>
    public static string Data(params string[] parts) => Path.Combine([Repository, "tests", "data", .. parts]);

    /// <summary>Returns the path of shared reference data next to the repository. If it is missing, the test is inconclusive (skipped).</summary>
    public static string Shared(params string[] parts)
    {
        string path = Path.GetFullPath(Path.Combine([Repository, "..", "shared", .. parts]));
        if (!Path.Exists(path))
            Assert.Inconclusive($"Skipped: needs ../shared/{string.Join('/', parts)} next to the repository.");
        return path;
    }

    /// <summary>Creates an empty folder, which is deleted after all tests of the project, if not earlier by the test.</summary>
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
            // A file that is still open must not fail tests that passed.
            Console.Error.WriteLine($"Temporary test files could not be deleted: {e.Message}");
        }
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ConvNeXt.MLNet.sln"))) return folder.FullName;
        throw new InvalidOperationException($"ConvNeXt.MLNet.sln was not found above {AppContext.BaseDirectory}.");
    }
}
