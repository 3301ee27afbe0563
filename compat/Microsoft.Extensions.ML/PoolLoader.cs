using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Primitives;
using Microsoft.ML;

namespace Microsoft.Extensions.ML;

/// <summary>The engines of one configured model: a pool that is replaced by a new one whenever the loader has another model.</summary>
internal sealed class PoolLoader<TData, TPrediction> : IDisposable
    where TData : class
    where TPrediction : class, new()
{
    private readonly MLContext _context;
    private readonly IDisposable _reloadRegistration;
    private volatile ObjectPool<PredictionEngine<TData, TPrediction>> _pool;

    public PoolLoader(MLContext context, PredictionEnginePoolOptions<TData, TPrediction> poolOptions)
    {
        _context = context;
        Loader = poolOptions.ModelLoader ?? throw new ArgumentNullException(nameof(poolOptions), "No model is configured under this name.");
        _pool = CreatePool();
        _reloadRegistration = ChangeToken.OnChange(Loader.GetReloadToken, () => _pool = CreatePool());
    }

    public ModelLoader Loader { get; }

    public ObjectPool<PredictionEngine<TData, TPrediction>> PredictionEnginePool => _pool;

    public void Dispose() => _reloadRegistration.Dispose();

    private DefaultObjectPool<PredictionEngine<TData, TPrediction>> CreatePool() =>
        new(new PredictionEnginePoolPolicy<TData, TPrediction>(_context, Loader.GetModel()));
}
