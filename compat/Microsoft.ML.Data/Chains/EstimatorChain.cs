using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Estimators one after another, each fitted to what the transformers before it make of the data.</summary>
public sealed class EstimatorChain<TLastTransformer> : IEstimator<TransformerChain<TLastTransformer>>
    where TLastTransformer : class, ITransformer
{
    private readonly (IEstimator<ITransformer> Estimator, TransformerScope Scope)[] _members;

    /// <summary>Null for a chain without members.</summary>
    public readonly IEstimator<TLastTransformer> LastEstimator;

    public EstimatorChain()
        : this([])
    {
    }

    internal EstimatorChain((IEstimator<ITransformer> Estimator, TransformerScope Scope)[] members)
    {
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
        }
        return new TransformerChain<TLastTransformer>(transformers, _members.Select(member => member.Scope));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => _members.Aggregate(inputSchema, (shape, member) => member.Estimator.GetOutputSchema(shape));

    public EstimatorChain<TNewTrans> Append<TNewTrans>(IEstimator<TNewTrans> estimator, TransformerScope scope = TransformerScope.Everything)
        where TNewTrans : class, ITransformer
    {
        Contracts.CheckValue(estimator, nameof(estimator));
        return new EstimatorChain<TNewTrans>([.. _members, (estimator, scope)]);
    }
}
