using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// Adds the network's columns to single rows, each computed when it is asked for: what a PredictionEngine uses. Creating one costs next to nothing.
/// </summary>
internal sealed class ScoredRowMapper(IHost host, OutputBindings bindings, ImageScorer scorer) : IRowToRowMapper
{
    public DataViewSchema InputSchema => bindings.Source;

    public DataViewSchema OutputSchema => bindings.Schema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        bindings.FindColumnsToRead(bindings.FindActive(dependingColumns));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!ReferenceEquals(input.Schema, InputSchema))
            throw new ArgumentException("The row is of another schema than the one that this mapper was made for.", nameof(input));

        // Each row is a prediction of its own, so each problem is reported.
        return new ScoredRow(bindings, scorer, input, bindings.FindActive(activeColumns), new ProblemLog(host, int.MaxValue), isCursor: false);
    }
}
