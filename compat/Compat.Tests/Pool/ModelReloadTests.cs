using ConvNeXt.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ML;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.ML;
using static Compat.Tests.Pool.LetterModels;

namespace Compat.Tests.Pool;

/// <summary>A served model whose file or address changes. Tests wait for the pool's own change token, never for a time to pass.</summary>
[TestClass]
public class ModelReloadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LogRecorder _log = new();
    private string _folder = "";

    private string ModelPath => Path.Combine(_folder, "model.zip");

    [TestInitialize]
    public void CreateFolder() => _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void AFileWrittenAnew_IsPickedUp()
    {
        File.WriteAllBytes(ModelPath, Save("x"));
        using ServiceProvider services = Serve(builder => builder.FromFile(ModelPath, watchForChanges: true));
        var served = new Served(services);
        Assert.AreEqual(1u, served.Predict("x"));
        served.WaitForReload(() => File.WriteAllBytes(ModelPath, Save("y", "x")), "x", 2);
    }

    [TestMethod]
    public void AFilePutInItsPlaceByRenaming_IsPickedUp()
    {
        File.WriteAllBytes(ModelPath, Save("x"));
        using ServiceProvider services = Serve(builder => builder.FromFile(ModelPath, watchForChanges: true));
        var served = new Served(services);
        File.WriteAllBytes(ModelPath + ".new", Save("y", "x"));
        served.WaitForReload(() => File.Move(ModelPath + ".new", ModelPath, overwrite: true), "x", 2);
    }

    [TestMethod]
    public void ADamagedReplacement_IsLogged_TheModelBeforeStays_AndAGoodOneIsStillPickedUp()
    {
        File.WriteAllBytes(ModelPath, Save("x"));
        using ServiceProvider services = Serve(builder => builder.FromFile(ModelPath, watchForChanges: true));
        var served = new Served(services);
        File.WriteAllBytes(ModelPath, [1, 2, 3]);
        StringAssert.Contains(_log.TakeError(Patience), ModelPath);
        Assert.AreEqual(1u, served.Predict("x"));
        served.WaitForReload(() => File.WriteAllBytes(ModelPath, Save("y", "x")), "x", 2);
    }

    [TestMethod]
    public void AnEngineLentBeforeAReload_IsNotLentAgainAfterIt()
    {
        File.WriteAllBytes(ModelPath, Save("x"));
        using ServiceProvider services = Serve(builder => builder.FromFile(ModelPath, watchForChanges: true));
        var served = new Served(services);
        PredictionEngine<Row, Prediction> old = served.Pool.GetPredictionEngine();
        served.WaitForReload(() => File.WriteAllBytes(ModelPath, Save("y", "x")), "x", 2);
        Assert.AreEqual(1u, old.Predict(new Row { L = "x" }).K);
        served.Pool.ReturnPredictionEngine(old);
        for (int i = 0; i < 10; i++) Assert.AreNotSame(old, served.Pool.GetPredictionEngine());
    }

    [TestMethod]
    public void WithoutWatching_AChangedFileChangesNothing()
    {
        File.WriteAllBytes(ModelPath, Save("x"));
        using ServiceProvider services = Serve(builder => builder.FromFile(ModelPath, watchForChanges: false));
        var served = new Served(services);
        File.WriteAllBytes(ModelPath, Save("y", "x"));
        Assert.AreEqual(1u, served.Predict("x"));
    }

    [TestMethod]
    public void AnAddress_IsAskedAgain_AndServesTheModelOfAnotherTag()
    {
        using var server = new ModelServer(Save("x"));
        using ServiceProvider services = Serve(builder => builder.FromUri(server.Address, TimeSpan.FromMilliseconds(20)));
        var served = new Served(services);
        Assert.AreEqual(1u, served.Predict("x"));
        served.WaitForReload(() => server.Replace(Save("y", "x")), "x", 2);
    }

    [TestMethod]
    public void AnAddressThatServesADamagedModel_IsLogged_AndTheModelBeforeStays()
    {
        using var server = new ModelServer(Save("x"));
        using ServiceProvider services = Serve(builder => builder.FromUri("named", server.Address, TimeSpan.FromMilliseconds(20)));
        var pool = services.GetRequiredService<PredictionEnginePool<Row, Prediction>>();
        Assert.AreEqual(1u, pool.Predict("named", new Row { L = "x" }).K);
        server.Replace([1, 2, 3]);
        StringAssert.Contains(_log.TakeError(Patience), server.Address);
        Assert.AreEqual(1u, pool.Predict("named", new Row { L = "x" }).K);
    }

    [TestMethod]
    public void AnAddressWithNothingThere_FailsWhenThePoolIsMade()
    {
        using var server = new ModelServer([]);
        using ServiceProvider services = Serve(builder => builder.FromUri(server.Address + "none"));
        Assert.ThrowsException<HttpRequestException>(services.GetRequiredService<PredictionEnginePool<Row, Prediction>>);
    }

    private ServiceProvider Serve(Action<PredictionEnginePoolBuilder<Row, Prediction>> configure)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(_log));
        configure(services.AddPredictionEnginePool<Row, Prediction>());
        // The loader that the pool gets is kept, so that a test can wait for its change token.
        services.AddSingleton<KeptOptions>();
        services.AddSingleton<IOptionsFactory<PredictionEnginePoolOptions<Row, Prediction>>>(provider => provider.GetRequiredService<KeptOptions>());
        return services.BuildServiceProvider();
    }

    /// <summary>The default model of a pool, and its changes.</summary>
    private sealed class Served(IServiceProvider services)
    {
        private readonly KeptOptions _options = services.GetRequiredService<KeptOptions>();

        public PredictionEnginePool<Row, Prediction> Pool { get; } = services.GetRequiredService<PredictionEnginePool<Row, Prediction>>();

        public uint Predict(string letter) => Pool.Predict(new Row { L = letter }).K;

        /// <summary>Makes a change, waits until the loader says that it has another model, and then until the pool's engines are of that model.</summary>
        public void WaitForReload(Action change, string letter, uint number)
        {
            using var reloaded = new ManualResetEventSlim();
            using IDisposable registration = ChangeToken.OnChange(_options.Default.GetReloadToken, reloaded.Set);
            change();
            Assert.IsTrue(reloaded.Wait(Patience), "The changed model was not picked up in time.");
            Assert.IsTrue(SpinWait.SpinUntil(() => Predict(letter) == number, Patience), "The pool still predicts by the model before.");
        }
    }

    private sealed class KeptOptions(IEnumerable<IConfigureOptions<PredictionEnginePoolOptions<Row, Prediction>>> configurations)
        : OptionsFactory<PredictionEnginePoolOptions<Row, Prediction>>(configurations, []), IOptionsFactory<PredictionEnginePoolOptions<Row, Prediction>>
    {
        public ModelLoader Default { get; private set; } = null!;

        PredictionEnginePoolOptions<Row, Prediction> IOptionsFactory<PredictionEnginePoolOptions<Row, Prediction>>.Create(string name)
        {
            PredictionEnginePoolOptions<Row, Prediction> options = Create(name);
            if (name.Length == 0) Default = options.ModelLoader!;
            return options;
        }
    }
}
