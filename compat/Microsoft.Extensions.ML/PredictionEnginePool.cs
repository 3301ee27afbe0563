using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Microsoft.ML;

namespace Microsoft.Extensions.ML;

/// <summary>Prediction engines for many threads: an engine serves one caller at a time, the pool lends and takes them back. Thread-safe.</summary>
public class PredictionEnginePool<TData, TPrediction>
    where TData : class
    where TPrediction : class, new()
{
    private readonly MLOptions _mlOptions;
    private readonly IOptionsFactory<PredictionEnginePoolOptions<TData, TPrediction>> _predictionEngineOptions;
    private readonly PoolLoader<TData, TPrediction>? _defaultPool;
    private readonly ConcurrentDictionary<string, Lazy<PoolLoader<TData, TPrediction>>> _namedPools = new();

    public PredictionEnginePool(IServiceProvider serviceProvider, IOptions<MLOptions> mlContextOptions,
        IOptionsFactory<PredictionEnginePoolOptions<TData, TPrediction>> predictionEngineOptions)
    {
        _mlOptions = mlContextOptions.Value;
        _predictionEngineOptions = predictionEngineOptions;
        PredictionEnginePoolOptions<TData, TPrediction> defaultOptions = predictionEngineOptions.Create(string.Empty);
        if (defaultOptions.ModelLoader is not null)
            _defaultPool = new PoolLoader<TData, TPrediction>(_mlOptions.MLContext, defaultOptions);
    }

    public ITransformer GetModel(string modelName) => FindPool(modelName).Loader.GetModel();

    public ITransformer GetModel() => GetModel(string.Empty);

    public PredictionEngine<TData, TPrediction> GetPredictionEngine() => GetPredictionEngine(string.Empty);

    public PredictionEngine<TData, TPrediction> GetPredictionEngine(string modelName) => FindPool(modelName).PredictionEnginePool.Get();

    public void ReturnPredictionEngine(PredictionEngine<TData, TPrediction> engine) => ReturnPredictionEngine(string.Empty, engine);

    public void ReturnPredictionEngine(string modelName, PredictionEngine<TData, TPrediction> engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        FindPool(modelName).PredictionEnginePool.Return(engine);
    }

    /// <summary>A named model is loaded when it is asked for first; the empty name is the default model.</summary>
    private PoolLoader<TData, TPrediction> FindPool(string modelName)
    {
        if (string.IsNullOrEmpty(modelName))
            return _defaultPool ?? throw new ArgumentException("You need to configure a default, not named, model before you use this method.");
        Lazy<PoolLoader<TData, TPrediction>> pool = _namedPools.GetOrAdd(modelName, name =>
            new Lazy<PoolLoader<TData, TPrediction>>(() => new PoolLoader<TData, TPrediction>(_mlOptions.MLContext, _predictionEngineOptions.Create(name))));
        try
        {
            return pool.Value;
        }
        catch
        {
            // A model that could not be loaded is tried again the next time.
            _namedPools.TryRemove(KeyValuePair.Create(modelName, pool));
            throw;
        }
    }
}
