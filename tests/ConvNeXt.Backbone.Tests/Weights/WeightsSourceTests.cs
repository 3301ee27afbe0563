using ConvNeXt.Backbone.Weights.Hub;

namespace ConvNeXt.Tests.Weights;

[TestClass]
public class WeightsSourceTests
{
    private const string Id = "timm/convnext_tiny.fb_in22k";
    private string _cache = "";

    [TestInitialize]
    public void CreateCache() => _cache = TestFolders.CreateTemporary();

    [TestCleanup]
    public void DeleteCache() => Directory.Delete(_cache, recursive: true);

    [TestMethod]
    public async Task Model_IsDownloadedOnce_AndThenFoundInTheCache()
    {
        using var hub = new MisbehavingHub(Bytes(300_000));
        var heard = new List<HubProgress>();
        string path = await ResolveAsync(hub, progress: new Immediate(heard));
        CollectionAssert.AreEqual(hub.Content, await File.ReadAllBytesAsync(path));
        Assert.AreEqual(hub.Content.Length, heard[^1].Bytes);
        StringAssert.EndsWith(path, Path.Combine("models--timm--convnext_tiny.fb_in22k", "snapshots", "0123456789abcdef0123456789abcdef01234567", "model.safetensors"));
        int requests = hub.Requests.Count;
        Assert.AreEqual(path, await ResolveAsync(hub));
        Assert.AreEqual(path, await WeightsSource.ResolveAsync(Id, Options(hub) with { Offline = true }));
        Assert.AreEqual(requests, hub.Requests.Count, "a cached model asks nothing of the network");
    }

    [TestMethod]
    public async Task CutConnection_IsTakenUpWhereItWasCut()
    {
        using var hub = new MisbehavingHub(Bytes(300_000)) { CutAfter = new([100_000, 50_000, 0]) };
        string path = await ResolveAsync(hub);
        CollectionAssert.AreEqual(hub.Content, await File.ReadAllBytesAsync(path));
        CollectionAssert.Contains(hub.Requests, "GET 100000-");
        CollectionAssert.Contains(hub.Requests, "GET 150000-");
    }

    [TestMethod]
    public async Task CutConnection_IsTakenUpByTheNextRun()
    {
        using var hub = new MisbehavingHub(Bytes(300_000)) { CutAfter = new([100_000]) };
        var failure = await Assert.ThrowsExactlyAsync<IOException>(() => WeightsSource.ResolveAsync(Id, Options(hub) with { Retries = 0 }));
        StringAssert.Contains(failure.Message, "100000 of 300000 bytes");
        string path = await ResolveAsync(hub);
        CollectionAssert.AreEqual(hub.Content, await File.ReadAllBytesAsync(path));
        Assert.AreEqual("GET 100000-", hub.Requests[^1]);
    }

    [TestMethod]
    public async Task ServerWithoutRanges_IsReadFromTheStartAgain()
    {
        using var hub = new MisbehavingHub(Bytes(300_000)) { AcceptRanges = false, CutAfter = new([200_000]) };
        CollectionAssert.AreEqual(hub.Content, await File.ReadAllBytesAsync(await ResolveAsync(hub)));
    }

    [TestMethod]
    public async Task RedirectToAStore_IsFollowed_WithTheHubsOwnFacts()
    {
        using var hub = new MisbehavingHub(Bytes(10_000)) { RedirectOnce = true };
        CollectionAssert.AreEqual(hub.Content, await File.ReadAllBytesAsync(await ResolveAsync(hub)));
    }

    [TestMethod]
    public async Task WrongHash_IsRefused_AndNothingIsKept()
    {
        using var hub = new MisbehavingHub(Bytes(10_000)) { Sha256 = new string('a', 64) };
        var failure = await Assert.ThrowsExactlyAsync<IOException>(() => ResolveAsync(hub));
        StringAssert.Contains(failure.Message, "the hub announced " + new string('a', 64));
        Assert.AreEqual(0, Directory.EnumerateFiles(_cache, "*", SearchOption.AllDirectories).Count());
    }

    [TestMethod]
    public async Task MissingHash_IsRefused()
    {
        using var hub = new MisbehavingHub(Bytes(10)) { Sha256 = "none" };
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<IOException>(() => ResolveAsync(hub))).Message, "no SHA-256");
    }

    [TestMethod]
    public async Task MoreBytesThanAnnounced_AreRefused()
    {
        using var hub = new MisbehavingHub(Bytes(10_000)) { Extra = new byte[5_000_000] };
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<IOException>(() => ResolveAsync(hub))).Message, "more than the 10000 bytes");
    }

    [TestMethod]
    public async Task FileAboveTheLimit_IsRefusedBeforeAnyByte()
    {
        using var hub = new MisbehavingHub(Bytes(10_000));
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<IOException>(() => WeightsSource.ResolveAsync(Id, Options(hub) with { MaximumBytes = 9_999 }))).Message, "at most 9999");
        CollectionAssert.AreEqual(new[] { "HEAD" }, hub.Requests);
    }

    [TestMethod]
    public async Task RedirectLoop_Ends()
    {
        using var hub = new MisbehavingHub(Bytes(10)) { RedirectForever = true };
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<IOException>(() => ResolveAsync(hub))).Message, "redirects more than 5 times");
    }

    [TestMethod]
    [DataRow(404, "there is no model 'timm/convnext_tiny.fb_in22k'")]
    [DataRow(401, "requires a login")]
    [DataRow(503, "the hub returned status 503")]
    public async Task Refusal_IsExplained(int status, string explanation)
    {
        using var hub = new MisbehavingHub(Bytes(10)) { Status = status };
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<IOException>(() => ResolveAsync(hub))).Message, explanation);
    }

    [TestMethod]
    public async Task Offline_NeverAsksTheNetwork()
    {
        using var hub = new MisbehavingHub(Bytes(10));
        var failure = await Assert.ThrowsExactlyAsync<FileNotFoundException>(() => WeightsSource.ResolveAsync(Id, Options(hub) with { Offline = true }));
        StringAssert.Contains(failure.Message, _cache);
        Assert.AreEqual(0, hub.Requests.Count);
    }

    [TestMethod]
    [DataRow("no/such/file.safetensors")]
    [DataRow("weights.pth")]
    [DataRow("owner/../name")]
    [DataRow("owner/name@../x")]
    public async Task TextThatIsNeitherFileNorId_IsRefused(string text) =>
        await Assert.ThrowsExactlyAsync<FileNotFoundException>(() => WeightsSource.ResolveAsync(text, new HubOptions { CacheFolder = _cache, Offline = true }));

    [TestMethod]
    public async Task MistypedPath_InAFolderThatExists_DoesNotGoToTheNetwork()
    {
        using var hub = new MisbehavingHub(Bytes(10));
        string folder = Path.GetRelativePath(Environment.CurrentDirectory, TestFolders.Data()), here = Path.GetFileName(folder);
        string before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = Path.GetDirectoryName(TestFolders.Data())!;
        try
        {
            var failure = await Assert.ThrowsExactlyAsync<FileNotFoundException>(() => WeightsSource.ResolveAsync($"{here}/tiny", Options(hub)));
            StringAssert.Contains(failure.Message, Path.Combine(TestFolders.Data(), "tiny"));
            StringAssert.Contains(failure.Message, $"'{here}/tiny@main'");
            Assert.AreEqual(0, hub.Requests.Count);
            await WeightsSource.ResolveAsync($"{here}/tiny@main", Options(hub));
            Assert.IsTrue(hub.Requests.Count > 0, "with a revision it is an id");
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [TestMethod]
    public async Task FailedDownload_NamesThePathThatTheTextCouldBeToo()
    {
        using var hub = new MisbehavingHub(Bytes(10)) { Status = 404 };
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<IOException>(() => ResolveAsync(hub))).Message, $"there is no file '{Path.GetFullPath(Id)}'");
    }

    [TestMethod]
    public async Task Cancellation_KeepsWhatHasArrived()
    {
        using var hub = new MisbehavingHub(Bytes(3_000_000));
        using var cancel = new CancellationTokenSource();
        var heard = new List<HubProgress>();
        await Assert.ThrowsExactlyAsync<TaskCanceledException>(() => ResolveAsync(hub, new Immediate(heard, cancel.Cancel), cancel.Token));
        string partial = Directory.EnumerateFiles(_cache, "*.incomplete", SearchOption.AllDirectories).Single();
        Assert.AreEqual(heard[0].Bytes, new FileInfo(partial).Length);
    }

    private Task<string> ResolveAsync(MisbehavingHub hub, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default) =>
        WeightsSource.ResolveAsync(Id, Options(hub), progress, cancellation);

    private HubOptions Options(MisbehavingHub hub) => new()
    {
        CacheFolder = _cache,
        Endpoint = hub.Address,
        Offline = false,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        Timeout = TimeSpan.FromSeconds(20),
    };

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Progress that is heard at once, on the thread that tells it.</summary>
    private sealed class Immediate(List<HubProgress> heard, Action? then = null) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            heard.Add(value);
            then?.Invoke();
        }
    }
}
