using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>
/// Which column of an input schema each output column is. Kept columns come in the order of the selection, dropping leaves the order of the input.
/// A name stands for all columns that have it; hidden ones are kept on request, and when others are dropped.
/// </summary>
internal sealed class ColumnSelection
{
    private readonly DataViewSchema.Column[] _sources;

    public ColumnSelection(DataViewSchema inputSchema, ColumnSelectingTransformer transformer)
    {
        InputSchema = inputSchema;
        _sources = [.. transformer.KeepColumns
            ? transformer.SelectColumns.SelectMany(name => inputSchema.Where(c => c.Name == name && (transformer.KeepHidden || !c.IsHidden)))
            : inputSchema.Where(column => !transformer.SelectColumns.Contains(column.Name))];
        OutputSchema = SchemaExtensions.MakeSchema(_sources.Select(source => new DataViewSchema.DetachedColumn(source)));
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public int SourceIndex(DataViewSchema.Column output) => _sources[output.Index].Index;

    public IEnumerable<DataViewSchema.Column> Sources(IEnumerable<DataViewSchema.Column> outputs) =>
        outputs.Select(SourceIndex).Distinct().Order().Select(index => InputSchema[index]);
}

/// <summary>A view of some columns of another view.</summary>
internal sealed class SelectedColumnsView(IHostEnvironment env, ColumnSelection selection, IDataView source) : IDataView, IRowToRowMapper
{
    private readonly IHost _host = env.Register(nameof(SelectedColumnsView));

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema InputSchema => source.Schema;

    public DataViewSchema OutputSchema => selection.OutputSchema;

    DataViewSchema IDataView.Schema => selection.OutputSchema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        HashSet<int> active = [.. columnsNeeded.Select(column => column.Index)];
        return new Cursor(_host, selection, source.GetRowCursor(GetDependencies(columnsNeeded), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        HashSet<int> active = [.. columnsNeeded.Select(column => column.Index)];
        return [.. source.GetRowCursorSet(GetDependencies(columnsNeeded), n, rand).Select(cursor => new Cursor(_host, selection, cursor, active))];
    }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => selection.Sources(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new Row(input, selection);

    private sealed class Row(DataViewRow input, ColumnSelection selection) : WrappingRow(input)
    {
        public override DataViewSchema Schema => selection.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(Input.Schema[selection.SourceIndex(column)]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            Input.GetGetter<TValue>(Input.Schema[selection.SourceIndex(column)]);
    }

    private sealed class Cursor(IChannelProvider provider, ColumnSelection selection, DataViewRowCursor input, HashSet<int> active)
        : SynchronizedCursorBase(provider, input)
    {
        public override DataViewSchema Schema => selection.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            Input.GetGetter<TValue>(Input.Schema[selection.SourceIndex(column)]);
    }
}
