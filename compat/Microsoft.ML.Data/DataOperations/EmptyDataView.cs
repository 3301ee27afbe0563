using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view with a schema and no rows.</summary>
internal sealed class EmptyDataView : IDataView
{
    private readonly IHost _host;

    public EmptyDataView(IHostEnvironment env, DataViewSchema schema)
    {
        _host = env.Register(nameof(EmptyDataView));
        Schema = schema;
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => 0;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        => new Cursor(_host, Schema, Utils.BuildArray(Schema.Count, columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(IHost host, DataViewSchema schema, bool[] active) : RootCursorBase(host)
    {
        public override DataViewSchema Schema => schema;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            => (ref TValue _) => throw Ch.Except(RowCursorUtils.FetchValueStateError);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId _) => throw Ch.Except(RowCursorUtils.FetchValueStateError);

        protected override bool MoveNextCore() => false;
    }
}
