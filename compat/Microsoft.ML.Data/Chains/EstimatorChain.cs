using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Estimators one after another, each fitted to what the transformers before it make of the data.</summary>
public sealed class EstimatorChain<TLastTransformer> : IEstimator<TransformerChain<TLastTransformer>>
    where TLastTransformer : class, ITransformer
{
    private readonly IHost? _host;
    private readonly (IEstimator<ITransformer> Estimator, TransformerScope Scope, bool CacheAfter)[] _members;

    /// <summary>Null for a chain without members.</summary>
    public readonly IEstimator<TLastTransformer> LastEstimator;

    public EstimatorChain()
        : this(null, [])
    {
    }

    internal EstimatorChain(IHostEnvironment? env, (IEstimator<ITransformer> Estimator, TransformerScope Scope, bool CacheAfter)[] members)
    {
        _host = env?.Register(nameof(EstimatorChain<TLastTransformer>));
        _members = members;
        LastEstimator = (members.LastOrDefault().Estimator as IEstimator<TLastTransformer>)!;
    }

    public TransformerChain<TLastTransformer> Fit(IDataView input)
    {
        // A mismatch at the end is told before anything is fitted.
        GetOutputSchema(SchemaShape.Create(input.Schema));

        var data = input;
        var transformers = new ITransformer[_members.Length];
        for (int i = 0; i < _members.Length; i++)
        {
            transformers[i] = _members[i].Estimator.Fit(data);
            data = transformers[i] is ITransformerWithDifferentMappingAtTrainingTime training ? training.TransformForTrainingPipeline(data) : transformers[i].Transform(data);
            if (_members[i].CacheAfter && i < _members.Length - 1)
                data = new CacheDataView(_host!, data, []);
        }
        return new TransformerChain<TLastTransformer>(transformers, _members.Select(member => member.Scope));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => _members.Aggregate(inputSchema, (shape, member) => member.Estimator.GetOutputSchema(shape));

    public EstimatorChain<TNewTrans> Append<TNewTrans>(IEstimator<TNewTrans> estimator, TransformerScope scope = TransformerScope.Everything)
        where TNewTrans : class, ITransformer
    {
        Contracts.CheckValue(estimator, nameof(estimator));
        return new EstimatorChain<TNewTrans>(_host, [.. _members, (estimator, scope, false)]);
    }

    public EstimatorChain<TLastTransformer> AppendCacheCheckpoint(IHostEnvironment env)
    {
        Contracts.CheckValue(env, nameof(env));
        Contracts.Check(_members.Length > 0, "Current estimator chain has no estimator, can't append cache checkpoint.");
        var (estimator, scope, _) = _members[^1];
        return new EstimatorChain<TLastTransformer>(env, [.. _members[..^1], (estimator, scope, true)]);
    }
}
