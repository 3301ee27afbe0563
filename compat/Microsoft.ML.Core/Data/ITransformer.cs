using Microsoft.ML.Data;

namespace Microsoft.ML;

public interface ICanSaveModel
{
    void Save(ModelSaveContext ctx);
}

/// <summary>A fitted step: turns a data view into another.</summary>
public interface ITransformer : ICanSaveModel
{
    /// <summary>Whether each output row depends on one input row alone, so that <see cref="GetRowToRowMapper"/> works.</summary>
    bool IsRowToRowMapper { get; }

    DataViewSchema GetOutputSchema(DataViewSchema inputSchema);

    IDataView Transform(IDataView input);

    IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema);
}

/// <summary>A transformer that treats the data it is fitted on otherwise than data it scores.</summary>
internal interface ITransformerWithDifferentMappingAtTrainingTime : ITransformer
{
    IDataView TransformForTrainingPipeline(IDataView input);
}

/// <summary>A step to be fitted to data.</summary>
public interface IEstimator<out TTransformer>
    where TTransformer : ITransformer
{
    TTransformer Fit(IDataView input);

    SchemaShape GetOutputSchema(SchemaShape inputSchema);
}
