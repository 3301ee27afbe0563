using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>Walks the source's rows for the columns that the consumer asked for, in step with the results that are computed ahead.</summary>
internal sealed class ScoredCursor : DataViewRowCursor
{
    private readonly OutputBindings _bindings;
    private readonly DataViewRowCursor _source;
    private readonly ScoringPipeline? _ahead;
    private readonly bool[] _active;
    private readonly Delegate?[] _getters;
    private readonly IChannel _channel;
    private readonly ValueGetter<DataViewRowId>? _getId;
    private bool _disposed;

    /// <summary>Takes over both; they are disposed with the cursor.</summary>
    /// <param name="host">Where warnings go.</param>
    /// <param name="bindings">The columns.</param>
    /// <param name="active">Which of them are wanted.</param>
    /// <param name="source">Over the wanted columns of the source.</param>
    /// <param name="ahead">The results, or null where none is wanted.</param>
    public ScoredCursor(IHost host, OutputBindings bindings, bool[] active, DataViewRowCursor source, ScoringPipeline? ahead)
    {
        (_bindings, _active, _source, _ahead) = (bindings, active, source, ahead);
        _getters = bindings.CreateGetters(active, () => _ahead!.Vector);
        _getId = ahead is null ? null : source.GetIdGetter();
        _channel = host.Start("Scoring images");
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override long Position => _source.Position;

    public override long Batch => _source.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _bindings.FindGetter<TValue>(column, _source, _active, _getters);

    public override bool MoveNext()
    {
        if (_disposed) return false;
        bool more = _source.MoveNext();
        if (_ahead is null) return more;
        if (_ahead.MoveNext() != more) throw DifferentRows();
        if (!more) return false;
        DataViewRowId id = default;
        _getId!(ref id);
        if (!id.Equals(_ahead.Id)) throw DifferentRows();
        if (_ahead.Problem is { } problem) _channel.Warning(MessageSensitivity.UserData, "{0} Row {1} gets NaN and a missing label.", problem, Position);
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _ahead?.Dispose();
            _source.Dispose();
            _channel.Dispose();
        }
        base.Dispose(disposing);
    }

    private InvalidOperationException DifferentRows() => new(
        $"The data gave other rows when column '{_bindings.ImageColumn.Name}' was read a second time. Scoring reads its source twice at once, "
        + "so the source must give the same rows in the same order each time.");
}
