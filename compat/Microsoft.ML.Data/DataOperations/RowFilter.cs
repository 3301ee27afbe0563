using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A view of those rows of another that pass a test; the columns are the source's own.</summary>
internal abstract class RowFilter : IDataView
{
    protected RowFilter(IHostEnvironment env, string name, IDataView source)
    {
        Host = env.Register(name);
        Source = source;
    }

    public DataViewSchema Schema => Source.Schema;

    public virtual bool CanShuffle => Source.CanShuffle;

    protected IHost Host { get; }

    protected IDataView Source { get; }

    /// <summary>The columns that the test reads.</summary>
    protected abstract IEnumerable<DataViewSchema.Column> TestColumns { get; }

    /// <summary>Whether the rows have to be tested in order by a single cursor.</summary>
    protected virtual bool DependsOnOrder => false;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = Utils.BuildArray(Schema.Count, columnsNeeded);
        return new Cursor(this, Source.GetRowCursor(InputColumns(active), DependsOnOrder ? null : rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        bool[] active = Utils.BuildArray(Schema.Count, columnsNeeded);
        if (DependsOnOrder)
            return [new Cursor(this, Source.GetRowCursor(InputColumns(active)), active)];
        DataViewRowCursor[] inputs = Source.GetRowCursorSet(InputColumns(active), n, rand);
        return Array.ConvertAll<DataViewRowCursor, DataViewRowCursor>(inputs, input => new Cursor(this, input, active));
    }

    /// <summary>A test of the current row, called once for every row of the source.</summary>
    protected abstract Func<bool> CreateTest(DataViewRow row);

    private IEnumerable<DataViewSchema.Column> InputColumns(bool[] active)
    {
        bool[] needed = (bool[])active.Clone();
        foreach (DataViewSchema.Column column in TestColumns)
            needed[column.Index] = true;
        return Schema.Where(column => needed[column.Index]);
    }

    private sealed class Cursor(RowFilter parent, DataViewRowCursor input, bool[] active)
        : LinkedRowFilterCursorBase(parent.Host, input, parent.Schema, active)
    {
        private readonly Func<bool> _test = parent.CreateTest(input);

        protected override bool Accept() => _test();
    }
}
