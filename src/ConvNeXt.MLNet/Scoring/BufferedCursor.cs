using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>Goes through the rows of a <see cref="ScoringPipeline"/>: everything about a row comes from the batch that it was read into.</summary>
internal sealed class BufferedCursor : DataViewRowCursor, IRowResult
{
    private readonly OutputBindings _bindings;
    private readonly bool[] _active;
    private readonly ScoringPipeline _pipeline;
    private readonly Delegate?[] _sourceGetters;
    private readonly Delegate?[] _getters;
    private readonly ProblemLog _log;

    /// <summary>Takes over the source, which is disposed with the cursor.</summary>
    /// <param name="host">Where warnings go.</param>
    /// <param name="checkAlive">Throws once the work is cancelled.</param>
    /// <param name="bindings">The columns.</param>
    /// <param name="active">Which of them are requested.</param>
    /// <param name="source">Over the requested columns of the source and the image column.</param>
    /// <param name="scorer">What is computed.</param>
    public BufferedCursor(IHost host, Action checkAlive, OutputBindings bindings, bool[] active, DataViewRowCursor source, ImageScorer scorer)
    {
        (_bindings, _active) = (bindings, active);
        _pipeline = new ScoringPipeline(checkAlive, source, bindings.FindSourceColumns(active), bindings.ImageColumn, scorer, HelperThreads.Shared);
        _sourceGetters = [.. bindings.Source.Select(column => active[column.Index] ? _pipeline.CreateGetter(column) : null)];
        _getters = bindings.CreateGetters(active, this);
        _log = new ProblemLog(host, ProblemLog.LimitPerPass);
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override long Position => _pipeline.Position;

    public override long Batch => _pipeline.Batch;

    ReadOnlySpan<float> IRowResult.Vector => _pipeline.Vector;

    string? IRowResult.Problem => _pipeline.Problem;

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _pipeline.Id;

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        OutputBindings.CheckActive(column, _active);
        int sources = _bindings.Source.Count;
        Delegate getter = column.Index < sources ? _sourceGetters[column.Index]! : _getters[column.Index - sources]!;
        return OutputBindings.Cast<TValue>(getter, _bindings.Schema[column.Index]);
    }

    public override bool MoveNext()
    {
        if (!_pipeline.MoveNext()) return false;
        if (_pipeline.Problem is { } problem) _log.Add(problem, $"Row {Position}");
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pipeline.Dispose();
            _log.Dispose();
        }
        base.Dispose(disposing);
    }
}
