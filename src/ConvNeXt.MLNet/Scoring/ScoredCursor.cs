using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>Goes through the source row by row and computes the network's columns of the current row when they are asked for; nothing is read ahead.</summary>
/// <param name="checkAlive">Throws once the work is cancelled.</param>
/// <param name="source">The source's cursor.</param>
/// <param name="row">Its row with the added columns; disposed with the cursor, and with it the source.</param>
internal sealed class ScoredCursor(Action checkAlive, DataViewRowCursor source, ScoredRow row) : DataViewRowCursor
{
    private bool _disposed;

    public override DataViewSchema Schema => row.Schema;

    public override long Position => row.Position;

    public override long Batch => row.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);

    public override bool MoveNext()
    {
        if (_disposed) return false;
        checkAlive();
        return source.MoveNext();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            row.Dispose();
        }
        base.Dispose(disposing);
    }
}
