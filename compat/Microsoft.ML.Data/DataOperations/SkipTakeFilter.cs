using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Leaves out the first rows, or all but the first. Always in the source's order, by one cursor.</summary>
internal sealed class SkipTakeFilter(IHostEnvironment env, IDataView source, long skip, long take) : IDataView
{
    private readonly IHost _host = env.Register(nameof(SkipTakeFilter));

    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => take == 0 ? 0 : source.GetRowCount() is { } count ? Math.Min(Math.Max(0, count - skip), take) : null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return new Cursor(_host, source.GetRowCursor(columns), Schema, Utils.BuildArray(Schema.Count, columns), skip, take);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(IHost host, DataViewRowCursor input, DataViewSchema schema, bool[] active, long skip, long take)
        : LinkedRowRootCursorBase(host, input, schema, active)
    {
        private long _toSkip = skip;
        private long _toTake = take;

        public override long Batch => 0;

        public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

        protected override bool MoveNextCore()
        {
            // The source is not asked for a row that would be thrown away: reading it may be dear.
            if (_toTake == 0)
                return false;
            for (; _toSkip > 0; _toSkip--)
            {
                if (!Root.MoveNext())
                    return false;
            }

            _toTake--;
            return Root.MoveNext();
        }
    }
}
