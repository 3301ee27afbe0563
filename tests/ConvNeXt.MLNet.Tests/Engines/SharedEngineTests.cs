using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.MLNet.Engines;

namespace ConvNeXt.Tests.Engines;

/// <summary>An engine exists from its first use until its last user leaves.</summary>
[TestClass]
public sealed class SharedEngineTests
{
    private readonly List<RecordingEngine> _created = [];

    private SharedEngine Shared => field ??= new SharedEngine(Create);

    private int Failures { get; set; }

    [TestMethod]
    public void TheLastUserThatLeaves_DisposesTheEngine()
    {
        var one = new EngineLease(Shared);
        var other = new EngineLease(Shared);
        Assert.IsFalse(Shared.IsOpen, "nobody has needed it yet");
        IScoringEngine engine = Shared.Engine;
        Assert.AreSame(engine, Shared.Engine);
        one.Dispose();
        one.Dispose();
        Assert.AreEqual(0, _created.Single().Disposed);
        other.Dispose();
        Assert.AreEqual(1, _created.Single().Disposed);
        Assert.IsFalse(Shared.IsOpen);
    }

    [TestMethod]
    public void AfterThat_TheNextCallGetsANewEngine()
    {
        for (int i = 0; i < 2; i++)
        {
            using var call = new EngineCall(Shared);
            call.Engine.Score([], 1, 32, 32, []);
        }

        CollectionAssert.AreEqual(new[] { 1, 1 }, _created.Select(engine => engine.Disposed).ToArray());
    }

    [TestMethod]
    public void AnEngineThatCannotBeCreated_IsTriedAgainAtTheNextCall()
    {
        Failures = 2;
        for (int i = 0; i < 2; i++)
        {
            Assert.ThrowsExactly<EngineUnavailableException>(() =>
            {
                using var failing = new EngineCall(Shared);
                _ = failing.Engine;
            });
        }

        using var call = new EngineCall(Shared);
        IScoringEngine engine = call.Engine;
        Assert.AreSame(_created.Single(), engine);
    }

    [TestMethod]
    public void ManyThreads_CreateOneEngine()
    {
        using var lease = new EngineLease(Shared);
        IScoringEngine[] seen = RunOnThreads(16, _ => Shared.Engine);
        Assert.AreEqual(1, _created.Count);
        foreach (IScoringEngine engine in seen) Assert.AreSame(_created[0], engine);
    }

    [TestMethod]
    public void CallsOfManyThreads_NeverReachADisposedEngine()
    {
        RunOnThreads(8, thread =>
        {
            for (int i = 0; i < 5000; i++)
            {
                using var call = new EngineCall(Shared);
                call.Engine.Score([], 1, 32, 32, []);
            }

            return thread;
        });
        Assert.IsFalse(Shared.IsOpen);
        Assert.IsTrue(_created.TrueForAll(engine => engine.Disposed == 1));
    }

    /// <summary>Runs the same on several threads, which begin together, and rethrows what they throw.</summary>
    internal static T[] RunOnThreads<T>(int count, Func<int, T> run)
    {
        using var start = new Barrier(count);
        Task<T>[] tasks = [.. Enumerable.Range(0, count).Select(thread => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return run(thread);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        Task.WaitAll(tasks);
        return [.. tasks.Select(task => task.Result)];
    }

    private RecordingEngine Create()
    {
        if (Failures-- > 0) throw new EngineUnavailableException("There is no memory at the moment.");
        var engine = new RecordingEngine();
        _created.Add(engine);
        return engine;
    }

    private sealed class RecordingEngine : IScoringEngine
    {
        private int _disposed;

        public int Disposed => _disposed;

        public ConvNeXtConfig Config => TinyModel.Config;

        public int FeatureCount => Config.FeatureCount;

        public void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits) =>
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) > 0, this);

        public void Featurize(ReadOnlySpan<float> images, int count, int height, int width, Span<float> features) => throw new NotSupportedException();

        public void FeatureMap(ReadOnlySpan<float> images, int count, int height, int width, int stage, Span<float> map) => throw new NotSupportedException();

        public (int Height, int Width, int Channels) FeatureMapShape(int height, int width, int stage) => throw new NotSupportedException();

        public void Dispose() => Interlocked.Increment(ref _disposed);
    }
}
