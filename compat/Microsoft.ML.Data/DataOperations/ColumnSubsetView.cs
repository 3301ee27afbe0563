using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view with some of the columns of another, in the same order.</summary>
internal sealed class ColumnSubsetView : IDataView
{
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly int[] _sourceIndex;

    private ColumnSubsetView(IHostEnvironment env, IDataView source, int[] sourceIndex)
    {
        _host = env.Register(nameof(ColumnSubsetView));
        _source = source;
        _sourceIndex = sourceIndex;
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(sourceIndex.Select(index => new DataViewSchema.DetachedColumn(source.Schema[index])));
        Schema = schema.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => _source.CanShuffle;

    /// <summary>The source itself when all its columns are kept.</summary>
    public static IDataView Where(IHostEnvironment env, IDataView source, Func<DataViewSchema.Column, bool> keep)
    {
        int[] kept = [.. source.Schema.Where(keep).Select(column => column.Index)];
        return kept.Length == source.Schema.Count ? source : new ColumnSubsetView(env, source, kept);
    }

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        => new Cursor(this, _source.GetRowCursor(ToSource(columnsNeeded), rand));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => Array.ConvertAll<DataViewRowCursor, DataViewRowCursor>(_source.GetRowCursorSet(ToSource(columnsNeeded), n, rand), input => new Cursor(this, input));

    private IEnumerable<DataViewSchema.Column> ToSource(IEnumerable<DataViewSchema.Column> columns) => [.. columns.Select(ToSource)];

    private DataViewSchema.Column ToSource(DataViewSchema.Column column) => _source.Schema[_sourceIndex[column.Index]];

    private sealed class Cursor(ColumnSubsetView parent, DataViewRowCursor input) : SynchronizedCursorBase(parent._host, input)
    {
        public override DataViewSchema Schema => parent.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(parent.ToSource(column));

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(parent.ToSource(column));
    }
}
