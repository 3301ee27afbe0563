using ConvNeXt.Backbone.Weights.Hub;

namespace ConvNeXt.Tests.Weights;

/// <summary>The cache as several processes and systems without symbolic links use it.</summary>
[TestClass]
public sealed class HubCacheTests
{
    private const string Sha = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", Content = "the bytes";
    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void ALinkThatAnotherProcessMadeFirst_IsTaken()
    {
        HubCache cache = Cache(Race);
        PutBlob(cache);
        string path = cache.Publish(Sha, "one");
        Assert.AreEqual(Content, File.ReadAllText(path));
        Assert.IsTrue(File.Exists(cache.BlobPath(Sha)), "the blob stays where it is");

        static void Race(string path, string target)
        {
            File.CreateSymbolicLink(path, target);
            throw new IOException("The file exists.");
        }
    }

    [TestMethod]
    public void WithoutTheRightToLink_TheFileIsMoved_AndFoundForTheNextRevision()
    {
        HubCache first = Cache(Refuse), second = Cache(Refuse, "owner/name@v2");
        PutBlob(first);
        string path = first.Publish(Sha, "one");
        Assert.AreEqual(Content, File.ReadAllText(path));
        Assert.AreEqual(path, first.Find());
        Assert.IsFalse(File.Exists(first.BlobPath(Sha)));

        Assert.AreEqual(path, second.FindContent(Sha, Content.Length), "no second download");
        Assert.IsNull(second.FindContent(Sha, Content.Length + 1), "a file of another length is another file");
        Assert.AreEqual(Content, File.ReadAllText(second.Publish(Sha, "two")));
        Assert.AreEqual(Content, File.ReadAllText(path));
        Assert.AreEqual(second.SnapshotPath("two"), second.Find());
    }

    [TestMethod]
    public void AMoveThatAnotherProcessMadeFirst_IsTaken()
    {
        HubCache cache = Cache(Race);
        PutBlob(cache);
        Assert.AreEqual(Content, File.ReadAllText(cache.Publish(Sha, "one")));

        void Race(string path, string target)
        {
            File.Move(Cache().BlobPath(Sha), path);
            throw new UnauthorizedAccessException();
        }
    }

    [TestMethod]
    public void ALinkWithoutItsBlob_IsReplaced()
    {
        HubCache cache = Cache();
        PutBlob(cache);
        string path = cache.Publish(Sha, "one");
        File.Delete(cache.BlobPath(Sha));
        Assert.IsNull(cache.Find());
        PutBlob(cache);
        Assert.AreEqual(Content, File.ReadAllText(cache.Publish(Sha, "one")));
        Assert.AreEqual(path, cache.Find());
    }

    [TestMethod]
    public async Task DownloadsOfOneFileAtTheSameTime_AreOneDownload()
    {
        using var hub = new MisbehavingHub(new byte[3_000_000]);
        string[] paths = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => WeightsSource.ResolveAsync("owner/name", Options(hub, seconds: 60)))));
        Assert.AreEqual(1, paths.Distinct().Count());
        CollectionAssert.AreEqual(hub.Content, await File.ReadAllBytesAsync(paths[0]));
        Assert.AreEqual(1, hub.Requests.Count(request => request.StartsWith("GET", StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task ADownloadOfAnotherProcess_ThatDoesNotProgress_IsAClearError()
    {
        using var hub = new MisbehavingHub(new byte[100]);
        string path = Cache().LockPath(hub.Sha256);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            var error = await Assert.ThrowsExactlyAsync<IOException>(() => WeightsSource.ResolveAsync("owner/name", Options(hub, seconds: 3)));
            StringAssert.Contains(error.Message, "another process has been downloading the same file");
        }
        CollectionAssert.AreEqual(hub.Content, await File.ReadAllBytesAsync(await WeightsSource.ResolveAsync("owner/name", Options(hub, seconds: 60))));
    }

    private static void Refuse(string path, string target) => throw new UnauthorizedAccessException("A required privilege is not held by the client.");

    private static void PutBlob(HubCache cache)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(cache.BlobPath(Sha))!);
        File.WriteAllText(cache.BlobPath(Sha), Content);
    }

    private HubCache Cache(Action<string, string>? createLink = null, string id = "owner/name") =>
        new(_folder, HubModelId.TryParse(id, out HubModelId parsed) ? parsed : throw new ArgumentException(id), createLink);

    private HubOptions Options(MisbehavingHub hub, double seconds) => new()
    {
        CacheFolder = _folder,
        Endpoint = hub.Address,
        Offline = false,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        Timeout = TimeSpan.FromSeconds(seconds),
    };
}
