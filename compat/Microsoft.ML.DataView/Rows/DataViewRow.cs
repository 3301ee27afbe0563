using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>A row with getters for its columns.</summary>
public abstract class DataViewRow : IDisposable
{
    public abstract DataViewSchema Schema { get; }

    /// <summary>Where the row is; rises by one per row of a cursor and is negative when it stands at none.</summary>
    public abstract long Position { get; }

    /// <summary>The batch of the row, by which rows of several cursors of one set can be brought back into order.</summary>
    public abstract long Batch { get; }

    public abstract ValueGetter<DataViewRowId> GetIdGetter();

    public abstract bool IsColumnActive(DataViewSchema.Column column);

    public abstract ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>A row that moves over a data view; it stands before the first row until the first <see cref="MoveNext"/>.</summary>
public abstract class DataViewRowCursor : DataViewRow
{
    public abstract bool MoveNext();
}
