using System.Runtime.CompilerServices;
using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;

namespace Microsoft.Extensions.ML;

/// <summary>Makes the engines of one model, and takes only those back: an engine that was lent before a reload is not lent again after it.</summary>
internal sealed class PredictionEnginePoolPolicy<TData, TPrediction>(MLContext context, ITransformer model)
    : PooledObjectPolicy<PredictionEngine<TData, TPrediction>>
    where TData : class
    where TPrediction : class, new()
{
    private readonly ConditionalWeakTable<PredictionEngine<TData, TPrediction>, object?> _mine = [];

    public override PredictionEngine<TData, TPrediction> Create()
    {
        PredictionEngine<TData, TPrediction> engine = context.Model.CreatePredictionEngine<TData, TPrediction>(model);
        _mine.Add(engine, null);
        return engine;
    }

    public override bool Return(PredictionEngine<TData, TPrediction> obj) => _mine.TryGetValue(obj, out _);
}
