using ConvNeXt.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ML;
using Microsoft.Extensions.Primitives;
using Microsoft.ML;

namespace MLNet.Contract.Tests.Pool;

/// <summary>Prediction engines from a pool, as a web application uses them.</summary>
[TestClass]
public class PredictionEnginePoolTests
{
    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = TestFolders.CreateTemporary();

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void DefaultAndNamedModels_PredictEachTheirOwn()
    {
        using ServiceProvider services = new ServiceCollection().AddPredictionEnginePool<Row, Prediction>()
            .FromFile(SaveModel("default.zip", "x"), watchForChanges: false)
            .FromFile("other", SaveModel("other.zip", "y", "x"), watchForChanges: false)
            .Services.BuildServiceProvider();
        var pool = services.GetRequiredService<PredictionEnginePool<Row, Prediction>>();
        Assert.AreEqual(1u, pool.Predict(new Row { L = "x" }).K);
        Assert.AreEqual(2u, pool.Predict("other", new Row { L = "x" }).K);
        Assert.AreEqual(1u, pool.Predict("other", new Row { L = "y" }).K);
        Assert.AreSame(pool.GetModel("other"), pool.GetModel("other"));
        Assert.AreNotSame(pool.GetModel(), pool.GetModel("other"));
    }

    [TestMethod]
    public void AReturnedEngine_IsLentAgain_AndALentOneIsNot()
    {
        using ServiceProvider services = Serve(SaveModel("model.zip", "x"));
        var pool = services.GetRequiredService<PredictionEnginePool<Row, Prediction>>();
        PredictionEngine<Row, Prediction> first = pool.GetPredictionEngine();
        Assert.AreNotSame(first, pool.GetPredictionEngine());
        pool.ReturnPredictionEngine(first);
        Assert.AreSame(first, pool.GetPredictionEngine());
        Assert.ThrowsException<ArgumentNullException>(() => pool.ReturnPredictionEngine(null!));
    }

    [TestMethod]
    public void ManyThreads_GetTheSamePredictionsAsOne()
    {
        string[] letters = [.. Enumerable.Range(0, 20).Select(i => $"letter {i}")];
        using ServiceProvider services = Serve(SaveModel("model.zip", letters));
        var pool = services.GetRequiredService<PredictionEnginePool<Row, Prediction>>();
        var keys = new uint[1000];
        var eightAtOnce = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        Parallel.For(0, keys.Length, eightAtOnce, i => keys[i] = pool.Predict(new Row { L = letters[i % letters.Length] }).K);
        for (int i = 0; i < keys.Length; i++) Assert.AreEqual((uint)(i % letters.Length) + 1, keys[i]);
    }

    [TestMethod]
    public void WithoutADefaultModel_TheDefaultIsRefused()
    {
        using ServiceProvider services = new ServiceCollection().AddPredictionEnginePool<Row, Prediction>()
            .FromFile("named", SaveModel("model.zip", "x"), watchForChanges: false).Services.BuildServiceProvider();
        var pool = services.GetRequiredService<PredictionEnginePool<Row, Prediction>>();
        Assert.ThrowsException<ArgumentException>(pool.GetPredictionEngine);
        Assert.AreEqual(1u, pool.Predict("named", new Row { L = "x" }).K);
        Assert.ThrowsException<ArgumentNullException>(() => pool.GetPredictionEngine("not configured"));
    }

    [TestMethod]
    public void AMissingFile_IsNamed()
    {
        using ServiceProvider services = Serve(Path.Combine(_folder, "none.zip"));
        var error = Assert.ThrowsException<ArgumentException>(services.GetRequiredService<PredictionEnginePool<Row, Prediction>>);
        StringAssert.Contains(error.Message, "none.zip");
    }

    [TestMethod]
    public void WhenALoaderHasAnotherModel_NewEnginesAreOfIt()
    {
        var loader = new SwitchingLoader(Fit("x"));
        var services = new ServiceCollection();
        services.AddPredictionEnginePool<Row, Prediction>();
        services.AddOptions<PredictionEnginePoolOptions<Row, Prediction>>().Configure(options => options.ModelLoader = loader);
        using ServiceProvider provider = services.BuildServiceProvider();
        var pool = provider.GetRequiredService<PredictionEnginePool<Row, Prediction>>();
        Assert.AreEqual(1u, pool.Predict(new Row { L = "x" }).K);
        ITransformer other = Fit("y", "x");
        loader.Switch(other);
        Assert.AreEqual(2u, pool.Predict(new Row { L = "x" }).K);
        Assert.AreSame(other, pool.GetModel());
        loader.Switch(Fit("z", "y", "x"));
        Assert.AreEqual(3u, pool.Predict(new Row { L = "x" }).K);
    }

    private static ServiceProvider Serve(string path) =>
        new ServiceCollection().AddPredictionEnginePool<Row, Prediction>().FromFile(path, watchForChanges: false).Services.BuildServiceProvider();

    private string SaveModel(string name, params string[] letters)
    {
        var ml = new MLContext();
        string path = Path.Combine(_folder, name);
        ml.Model.Save(Fit(letters), ml.Data.LoadFromEnumerable(Array.Empty<Row>()).Schema, path);
        return path;
    }

    /// <summary>A model that numbers the given letters from 1.</summary>
    private static ITransformer Fit(params string[] letters)
    {
        var ml = new MLContext();
        return ml.Transforms.Conversion.MapValueToKey("K", "L").Fit(ml.Data.LoadFromEnumerable(letters.Select(letter => new Row { L = letter })));
    }

    public sealed class Row
    {
        public string L { get; set; } = "";
    }

    public sealed class Prediction
    {
        public uint K { get; set; }
    }

    private sealed class SwitchingLoader(ITransformer model) : ModelLoader
    {
        private ITransformer _model = model;
        private ModelReloadToken _token = new();

        public override ITransformer GetModel() => _model;

        public override IChangeToken GetReloadToken() => _token;

        public void Switch(ITransformer model)
        {
            _model = model;
            ModelReloadToken previous = _token;
            _token = new ModelReloadToken();
            previous.OnReload();
        }
    }
}
