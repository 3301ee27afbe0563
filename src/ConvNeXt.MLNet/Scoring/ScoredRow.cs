using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>A row with the network's columns, computed on the caller's thread when one of them is asked for.</summary>
internal sealed class ScoredRow : DataViewRow, IRowResult
{
    private readonly OutputBindings _bindings;
    private readonly ImageScorer _scorer;
    private readonly DataViewRow _input;
    private readonly ProblemLog _log;
    private readonly bool _isCursor;
    private readonly bool[] _active;
    private readonly Delegate?[] _getters;
    private readonly ImageReader? _reader;
    private readonly float[] _vector;
    private EngineLease? _lease;
    private long _computedPosition = -1;
    private string? _problem;
    private bool _disposed;

    /// <summary>Takes over the row and the log, which are disposed with it.</summary>
    /// <param name="bindings">The columns.</param>
    /// <param name="scorer">Computes the result.</param>
    /// <param name="input">The source's row, or a cursor over its rows.</param>
    /// <param name="active">Which columns are requested.</param>
    /// <param name="log">Where images that cannot be read are reported.</param>
    /// <param name="isCursor">Whether the input is a cursor: a report then has the row's number, and the row is disposed by who reads it.</param>
    public ScoredRow(OutputBindings bindings, ImageScorer scorer, DataViewRow input, bool[] active, ProblemLog log, bool isCursor)
    {
        (_bindings, _scorer, _input, _active, _log, _isCursor) = (bindings, scorer, input, active, log, isCursor);
        bool computes = bindings.NeedsNetwork(active);
        _vector = computes ? new float[scorer.VectorLength] : [];
        _reader = computes ? new ImageReader(input, bindings.ImageColumn, scorer.ImageFolder, scorer.Decoding) : null;
        _getters = bindings.CreateGetters(active, this);
        _lease = computes && isCursor ? scorer.Lease() : null;
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    // Every column of the row asks for the same result.
    ReadOnlySpan<float> IRowResult.Vector
    {
        get
        {
            Compute();
            return _vector;
        }
    }

    string? IRowResult.Problem
    {
        get
        {
            Compute();
            return _problem;
        }
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _active.Length && _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        OutputBindings.CheckActive(column, _active);
        return column.Index < _bindings.Source.Count
            ? _input.GetGetter<TValue>(_bindings.Source[column.Index])
            : OutputBindings.Cast<TValue>(_getters[column.Index - _bindings.Source.Count]!, _bindings.Schema[column.Index]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _input.Dispose();
            _log.Dispose();
            _lease?.Dispose();
        }
        base.Dispose(disposing);
    }

    // The result is kept until the row's position changes, but not if computing it failed.
    private void Compute()
    {
        if (_disposed) throw new ObjectDisposedException(nameof(DataViewRow), "The row or the cursor was disposed; open a new one.");
        long position = _input.Position;
        if (position < 0) throw OutputBindings.NotOnARow();
        if (position == _computedPosition) return;
        _computedPosition = -1;
        if (!_isCursor) _lease = _scorer.KeepForRow();
        _problem = _reader!.TryRead(out ImageReference image) ?? _scorer.TryRun(image, _vector);
        if (_problem is not null)
        {
            _vector.AsSpan().Fill(float.NaN);
            _log.Add(_problem, _isCursor ? $"Row {position}" : "The row");
        }
        _computedPosition = position;
    }
}
