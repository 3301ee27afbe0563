namespace Microsoft.ML;

/// <summary>Fetches the value of one column at the row that its row object stands at.</summary>
public delegate void ValueGetter<TValue>(ref TValue value);

/// <summary>A lazily computed table: a schema, and cursors that walk over its rows.</summary>
public interface IDataView
{
    DataViewSchema Schema { get; }

    /// <summary>Whether a cursor can visit the rows in random order.</summary>
    bool CanShuffle { get; }

    /// <summary>The number of rows, or null where it is not known without reading them.</summary>
    long? GetRowCount();

    DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null);

    /// <summary>Up to <paramref name="n"/> cursors that together visit every row once; rows with the same Batch come from one cursor, and batches ascend in each.</summary>
    DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null);
}
