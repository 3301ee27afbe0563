using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Keeps the values of a view in memory. A column is read from the source the first time a cursor needs it, all rows in one pass with the
/// other columns that this cursor lacks; after that the source is not touched for it any more. Columns of objects such as images are left out.
/// </summary>
internal sealed class CacheDataView : IDataView
{
    private const int BatchRows = 64;

    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly RowSlot?[] _columns;
    private readonly Lock _lock = new();
    private long _rowCount;

    public CacheDataView(IHostEnvironment env, IDataView input, int[] prefetch)
    {
        _host = env.Register("Cache");
        foreach (int index in prefetch)
        {
            DataViewSchema.Column column = input.Schema[index];
            if (!ValueCopier.CanCopy(column.Type))
                throw _host.Except($"Column '{column.Name}' is to be cached at once, but values of type '{column.Type}' cannot be cached.");
        }

        _source = ColumnSubsetView.Where(_host, input, column => ValueCopier.CanCopy(column.Type));
        _rowCount = _source.GetRowCount() ?? -1;
        _columns = new RowSlot?[Schema.Count];
        if (prefetch.Length > 0)
        {
            var names = prefetch.Select(index => input.Schema[index].Name).ToHashSet();
            Fill(Utils.BuildArray(Schema.Count, Schema.Where(column => names.Contains(column.Name) && !column.IsHidden)));
        }
    }

    public bool CanShuffle => true;

    public DataViewSchema Schema => _source.Schema;

    /// <summary>Known from the start where the source knows it, else once something was read.</summary>
    public long? GetRowCount() => Interlocked.Read(ref _rowCount) is var count && count < 0 ? null : count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        => new Cursor(this, Utils.BuildArray(Schema.Count, columnsNeeded), Order(rand), part: 0, parts: 1);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        bool[] active = Utils.BuildArray(Schema.Count, columnsNeeded);
        Lazy<int[]>? order = Order(rand);
        int parts = Math.Max(1, n);
        return [.. Enumerable.Range(0, parts).Select(part => new Cursor(this, active, order, part, parts))];
    }

    /// <summary>A random order of all rows, made when the number of rows is known; cursors of a set share it.</summary>
    private Lazy<int[]>? Order(Random? rand) => rand == null ? null : new Lazy<int[]>(() =>
    {
        int[] order = [.. Enumerable.Range(0, checked((int)_rowCount))];
        for (int i = 0; i < order.Length; i++)
        {
            int other = i + rand.Next(order.Length - i);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    });

    /// <summary>Reads what is missing of the wanted columns, and the number of rows if that is not known.</summary>
    private void Fill(bool[] wanted)
    {
        lock (_lock)
        {
            DataViewSchema.Column[] missing = [.. Schema.Where(column => wanted[column.Index] && _columns[column.Index] == null)];
            if (missing.Length == 0 && _rowCount >= 0)
                return;
            using DataViewRowCursor cursor = _source.GetRowCursor(missing);
            RowSlot[] slots = Array.ConvertAll(missing, column => RowSlot.Create(cursor, column));
            int rows = 0;
            for (; cursor.MoveNext(); rows++)
            {
                if (rows == Array.MaxLength)
                    throw _host.Except($"A cache holds at most {Array.MaxLength} rows.");
                foreach (RowSlot slot in slots)
                    slot.Fill(rows);
            }

            if (_rowCount >= 0 && _rowCount != rows)
                throw _host.Except($"The source of a cache gave {rows} rows, and {_rowCount} before: a view has to give the same rows each time.");
            foreach ((DataViewSchema.Column column, RowSlot slot) in missing.Zip(slots))
                _columns[column.Index] = slot;
            Interlocked.Exchange(ref _rowCount, rows);
        }
    }

    /// <summary>Walks over the cached rows, or over every parts-th batch of them; the batch number brings the rows of a set back into order.</summary>
    private sealed class Cursor(CacheDataView parent, bool[] active, Lazy<int[]>? order, int part, int parts) : RootCursorBase(parent._host)
    {
        private long _next = (long)part * BatchRows;
        private int[]? _order;
        private long _row = -1;
        private bool _started;

        public override DataViewSchema Schema => parent.Schema;

        public override long Batch => parts == 1 ? 0 : (_next - 1) / BatchRows;

        private int CurrentRow => IsGood ? (int)_row : throw Ch.Except(RowCursorUtils.FetchValueStateError);

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)CurrentRow, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!active[column.Index])
                throw Ch.ExceptParam(nameof(column), $"Column '{column.Name}' was not requested from this row.");
            if (column.Type.RawType != typeof(TValue))
                throw Ch.Except($"Column '{column.Name}' has values of type '{column.Type.RawType}' and cannot be read as '{typeof(TValue)}'.");
            RowSlot<TValue>? values = null;
            return (ref TValue value) =>
            {
                int row = CurrentRow;
                values ??= (RowSlot<TValue>)parent._columns[column.Index]!;
                values.Fetch(row, ref value);
            };
        }

        protected override bool MoveNextCore()
        {
            if (!_started)
            {
                parent.Fill(active);
                _order = order?.Value;
                _started = true;
            }
            else if (_next % BatchRows == 0)
            {
                // A batch is done; the batches in between are the other cursors' part.
                _next += (long)(parts - 1) * BatchRows;
            }

            if (_next >= parent._rowCount)
                return false;
            _row = _order == null ? _next : _order[_next];
            _next++;
            return true;
        }
    }
}
