using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// A view over a sequence of objects. Nothing is copied or read ahead: each cursor enumerates the sequence again, so the sequence may be
/// larger than memory, and it decides itself whether a second pass is possible.
/// </summary>
internal sealed class EnumerableDataView<TRow> : IDataView
    where TRow : class
{
    private readonly IHost _host;
    private readonly IEnumerable<TRow> _rows;
    private readonly ObjectColumns<TRow> _columns;

    public EnumerableDataView(IHostEnvironment env, IEnumerable<TRow> rows, InternalSchemaDefinition definition)
    {
        _host = env.Register(nameof(EnumerableDataView<>));
        _rows = rows;
        _columns = new ObjectColumns<TRow>(definition);
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema => _columns.Schema;

    public long? GetRowCount() => (_rows as ICollection<TRow>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        => new Cursor(this, Utils.BuildArray(Schema.Count, columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : RootCursorBase, ICurrentObject<TRow>
    {
        private readonly ObjectColumns<TRow> _columns;
        private readonly Delegate?[] _getters;
        private readonly IEnumerator<TRow> _rows;
        private TRow? _current;

        public Cursor(EnumerableDataView<TRow> view, bool[] active)
            : base(view._host)
        {
            _columns = view._columns;
            _getters = _columns.CreateGetters(this, active);
            _rows = view._rows.GetEnumerator();
        }

        public override DataViewSchema Schema => _columns.Schema;

        public override long Batch => 0;

        public TRow Current => _current ?? throw Ch.Except(RowCursorUtils.FetchValueStateError);

        public override bool IsColumnActive(DataViewSchema.Column column) => _getters[column.Index] != null;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => ObjectGetters.Find<TValue>(_getters, column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
        {
            Ch.Check(IsGood, RowCursorUtils.FetchValueStateError);
            id = new DataViewRowId((ulong)Position, 0);
        };

        protected override bool MoveNextCore()
        {
            if (!_rows.MoveNext())
            {
                _current = null;
                return false;
            }

            _current = _rows.Current ?? throw Ch.Except("Encountered null when iterating over data, this is not supported.");
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _current = null;
                _rows.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
