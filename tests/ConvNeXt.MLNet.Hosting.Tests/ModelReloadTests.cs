using System.Collections.Concurrent;
using ConvNeXt.MLNet.Hosting;
using ConvNeXt.MLNet.Hosting.Models;

namespace ConvNeXt.Tests;

/// <summary>The model file is replaced while the service runs.</summary>
[TestClass]
public sealed class ModelReloadTests
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(0.2); // below the delay of held images

    [TestMethod]
    public async Task ANewModel_IsUsedForNewRequests_AndTheOldOneIsFreedAfterItsLast()
    {
        string path = Pictures.First.Copy();
        await using TestService service = await StartAsync(path);
        LoadedModel old = service.Internals.Model!;
        Task<ClassificationResult> before = service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        await service.WaitForPreparedAsync(1);
        Pictures.Second.Replace(path);
        service.Time!.Advance(_interval);
        Assert.AreNotSame(old, service.Internals.Model);
        Assert.IsTrue(old.IsOpen, "A request still needs it.");
        Task<ClassificationResult> after = service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        await TestService.WaitAsync(() => before.IsCompleted, "the old model's batch, which gets no more images");
        await service.WaitForPreparedAsync(1);
        service.Release();
        ResultAssert.IsThatOf(Pictures.First, 0, await before);
        ResultAssert.IsThatOf(Pictures.Second, 0, await after);
        Assert.AreNotEqual((await before).ModelVersion, (await after).ModelVersion);
        Assert.AreEqual(service.Classifier.ModelVersion, (await after).ModelVersion);
        Assert.IsFalse(old.IsOpen, "The old model was not freed.");
    }

    [TestMethod]
    [DataRow("text")]
    [DataRow("half")]
    [DataRow("damaged")]
    [DataRow("empty")]
    [DataRow("missing")]
    public async Task AFileThatIsNoModel_ChangesNothing(string kind)
    {
        string path = Pictures.First.Copy();
        await using TestService service = await StartAsync(path);
        LoadedModel model = service.Internals.Model!;
        if (kind == "missing") File.Delete(path);
        else ModelFileOf.ReplaceBy(path, CreateBroken(kind));
        service.Time!.Advance(_interval);
        Assert.AreSame(model, service.Internals.Model);
        if (kind != "missing") StringAssert.Contains(service.Internals.ModelProblem, "cannot be used");
        await CheckFirstIsUsedAsync(service);

        Pictures.Second.Replace(path); // and a good one is used afterward
        service.Time.Advance(_interval);
        Assert.AreNotSame(model, service.Internals.Model);
        Assert.IsNull(service.Internals.ModelProblem);
        Assert.IsFalse(model.IsOpen);
    }

    [TestMethod]
    public async Task AModelThatTakesTheVerificationImageForSomethingElse_IsNotUsed()
    {
        int picture = Enumerable.Range(0, Pictures.Encoded.Length).First(i => Best(Pictures.First, i) != Best(Pictures.Second, i));
        string path = Pictures.First.Copy();
        await using TestService service = await TestService.StartHeldAsync(options =>
        {
            (options.ModelPath, options.ModelPollInterval) = (path, _interval);
            (options.VerificationImage, options.VerificationLabel) = (TinyModel.TestSet[picture].ImagePath, Best(Pictures.First, picture));
        });
        Pictures.Second.Replace(path);
        service.Time!.Advance(_interval);
        StringAssert.Contains(service.Internals.ModelProblem, $"'{Best(Pictures.Second, picture)}' instead of '{Best(Pictures.First, picture)}'");
        await CheckFirstIsUsedAsync(service);
    }

    [TestMethod]
    public async Task TheSameModelAgain_IsNotExchanged()
    {
        string path = Pictures.First.Copy();
        await using TestService service = await StartAsync(path);
        LoadedModel model = service.Internals.Model!;
        Pictures.First.Replace(path);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
        service.Time!.Advance(_interval);
        Assert.AreSame(model, service.Internals.Model);
        Assert.IsTrue(model.IsOpen);
    }

    [TestMethod]
    public async Task AModelThatCannotBeUsed_KeepsTheHostFromStarting()
    {
        string path = Path.Combine(TestFolders.CreateTemporary(), "missing.zip");
        var exception = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => TestService.StartAsync(options => options.ModelPath = path));
        StringAssert.Contains(exception.Message, path);
        StringAssert.Contains(exception.Message, "there is no such file");
    }

    [TestMethod]
    public async Task AFolderForTemporaryFilesThatCannotBeWrittenTo_IsWhatTheMessageSays()
    {
        string missing = Path.Combine(TestFolders.CreateTemporary(), "missing");
        InvalidDataException error = await Assert.ThrowsExactlyAsync<InvalidDataException>(
            () => TestService.StartAsync(options => options.ConfigureContext = context => context.TempFilePath = missing));
        StringAssert.Contains(error.Message, $"'{missing}' cannot be written to");
    }

    [TestMethod]
    public async Task ReplacedAgainAndAgainUnderLoad_EveryRequestGetsTheResultOfOneModel_AndOldOnesAreFreed()
    {
        string path = Pictures.First.Copy();
        await using TestService service = await TestService.StartAsync(options =>
            (options.ModelPath, options.ModelPollInterval) = (path, TimeSpan.FromMilliseconds(5)));
        var seen = new ConcurrentDictionary<LoadedModel, bool>();
        var byVersion = new Dictionary<string, ModelFileOf> { [Version(Pictures.First)] = Pictures.First, [Version(Pictures.Second)] = Pictures.Second };
        using var end = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            for (int i = client; !end.IsCancellationRequested; i++)
            {
                int picture = i % Pictures.Encoded.Length;
                ClassificationResult result = await service.Classifier.ClassifyAsync(Pictures.Encoded[picture]);
                Assert.IsTrue(result.IsClassified, result.Problem);
                ResultAssert.IsThatOf(byVersion[result.ModelVersion], picture, result);
                if (service.Internals.Model is { } model) seen.TryAdd(model, true);
            }
        }))];
        for (int i = 0; i < 60 && !clients.Any(client => client.IsCompleted); i++)
        {
            if (i % 3 == 2) ModelFileOf.ReplaceBy(path, CreateBroken(i % 2 == 0 ? "half" : "damaged"));
            else (i % 3 == 0 ? Pictures.Second : Pictures.First).Replace(path);
            await Task.Delay(50);
        }
        await end.CancelAsync();
        await Task.WhenAll(clients);
        Assert.IsGreaterThan(5, seen.Count, "The model was hardly replaced, so the test shows little.");
        Pictures.First.Replace(path);
        await TestService.WaitAsync(() => seen.Keys.Count(model => model.IsOpen) <= 1, "old models to be freed");
    }

    [TestMethod]
    public async Task ReplacedManyTimes_NothingOfTheOldModelsIsLeft()
    {
        const int Replacements = 24;
        string path = Pictures.First.Copy(), temporary = TestFolders.CreateTemporary();
        await using TestService service = await TestService.StartAsync(
            options =>
            {
                (options.ModelPath, options.ModelPollInterval) = (path, _interval);
                options.RequestTimeout = Timeout.InfiniteTimeSpan; // the clock of the test keeps its timers, and they their requests
                options.ConfigureContext = context => context.TempFilePath = temporary;
            },
            new ManualTime());
        var old = new List<WeakReference>();
        long early = 0;
        for (int i = 0; i < Replacements; i++)
        {
            old.Add(await ReplaceAsync(service, path, i));
            if (i == Replacements / 2) early = GC.GetTotalMemory(forceFullCollection: true);
        }
        // A thread of the pool may refer to a model until its stack is used again; what leaks stays however long one waits.
        for (int attempt = 0; attempt < 100 && old.Count(model => model.IsAlive) > 1; attempt++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50));
            GC.Collect();
        }
        long late = GC.GetTotalMemory(forceFullCollection: true);
        // The last one may be referred to by the call that has just ended.
        Assert.IsLessThanOrEqualTo(1, old.Count(model => model.IsAlive), "Old models are in memory.");
        Assert.IsLessThan(early + (1 << 20), late, "Memory has grown.");
        Assert.IsEmpty(Directory.GetFileSystemEntries(temporary), "Unpacked files are left.");
    }

    // Apart, so that no variable of the test keeps the model.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> ReplaceAsync(TestService service, string path, int count)
    {
        LoadedModel model = service.Internals.Model!;
        Assert.IsTrue((await service.Classifier.ClassifyAsync(Pictures.Encoded[0])).IsClassified);
        if (count % 3 == 2) ModelFileOf.ReplaceBy(path, CreateBroken("half"));
        service.Time!.Advance(_interval);
        (count % 2 == 0 ? Pictures.Second : Pictures.First).Replace(path);
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(count)); // whatever the clock's resolution
        service.Time.Advance(_interval);
        Assert.AreNotSame(model, service.Internals.Model, service.Internals.ModelProblem);
        Assert.IsFalse(model.IsOpen, "The network of the old model is in memory.");
        return new WeakReference(model);
    }

    private static Task<TestService> StartAsync(string path) =>
        TestService.StartHeldAsync(options => (options.ModelPath, options.ModelPollInterval) = (path, _interval));

    private static async Task CheckFirstIsUsedAsync(TestService service)
    {
        Task<ClassificationResult> request = service.Classifier.ClassifyAsync(Pictures.Encoded[1]);
        await service.WaitForPreparedAsync(1);
        service.Release();
        ResultAssert.IsThatOf(Pictures.First, 1, await request);
    }

    private static byte[] CreateBroken(string kind)
    {
        byte[] good = File.ReadAllBytes(Pictures.Second.Path);
        switch (kind)
        {
            case "text":
                return "not a model"u8.ToArray();
            case "half":
                return good[..(good.Length / 2)];
            case "empty":
                return [];
            default:
                good.AsSpan(good.Length / 4, good.Length / 2).Fill(0xA5);
                return good;
        }
    }

    private static string Best(ModelFileOf model, int picture) => model.Labels[Array.IndexOf(model.Scores[picture], model.Scores[picture].Max())];

    private static string Version(ModelFileOf model) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(model.Path)))[..16];
}
