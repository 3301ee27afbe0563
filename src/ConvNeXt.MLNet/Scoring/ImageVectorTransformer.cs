using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.ModelFiles;
using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>What the classifier and the featurizer have in common as transformers: from one image column to columns made of the network's vector.</summary>
internal sealed class ImageVectorTransformer(
    IHost host, string imageColumn, ImageScorer scorer, Func<DataViewSchema, IReadOnlyList<OutputColumn>> createOutputs, bool isFolderUnknown)
{
    /// <summary>
    /// What training leaves when it is cancelled inherits that cancellation, and is meant to be used all the same: only a later one stops its scoring.
    /// </summary>
    private readonly bool _madeAfterCancellation = host is ICancelable { IsCanceled: true };

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).Schema;

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredDataView(host, CheckAlive, input, BindToCompute(input.Schema), scorer);
    }

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new ScoredRowMapper(host, BindToCompute(inputSchema), scorer);

    private void CheckAlive()
    {
        if (!_madeAfterCancellation) host.CheckAlive();
    }

    private OutputBindings BindToCompute(DataViewSchema inputSchema)
    {
        OutputBindings bindings = Bind(inputSchema);
        StoredImageFolder.Require(isFolderUnknown, bindings.ImageColumn.Type);
        return bindings;
    }

    private OutputBindings Bind(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new OutputBindings(inputSchema, ImageColumn.Find(inputSchema, imageColumn), createOutputs(inputSchema));
    }
}
