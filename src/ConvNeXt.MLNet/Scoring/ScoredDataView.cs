using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// A view with the network's columns added. A pass reads the source with one cursor, on the thread of whoever goes through the view. Rows are read some batches
/// ahead of it, and the values of the requested source columns are copied meanwhile (<see cref="BufferedCursor"/>). Where a requested column cannot be copied,
/// as an MLImage, nothing is read ahead (<see cref="ScoredCursor"/>). If no added column is requested, the network does not run.
/// </summary>
internal sealed class ScoredDataView(IHost host, Action checkAlive, IDataView source, OutputBindings bindings, ImageScorer scorer) : IDataView, IOnnxRefusal
{
    IDataView IDataTransform.Source => source;

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => bindings.Schema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = bindings.FindActive(columnsNeeded);
        DataViewRowCursor rows = source.GetRowCursor(bindings.FindColumnsToRead(active), source.CanShuffle ? rand : null);
        try
        {
            return bindings.NeedsNetwork(active) && bindings.FindSourceColumns(active).All(column => BufferedColumn.CanHold(column.Type))
                ? new BufferedCursor(host, checkAlive, bindings, active, rows, scorer)
                : CreateUnbuffered(active, rows);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>One cursor where the network runs, which is parallel in itself; otherwise as many as the source gives.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        bool[] active = bindings.FindActive(columns);
        if (bindings.NeedsNetwork(active)) return [GetRowCursor(columns, rand)];
        DataViewRowCursor[] cursors = source.GetRowCursorSet(bindings.FindSourceColumns(active), n, rand);
        return [.. cursors.Select(cursor => CreateUnbuffered(active, cursor))];
    }

    private ScoredCursor CreateUnbuffered(bool[] active, DataViewRowCursor rows)
    {
        var row = new ScoredRow(bindings, scorer, rows, active, new ProblemLog(host, ProblemLog.LimitPerPass), isCursor: true);
        return new ScoredCursor(bindings.NeedsNetwork(active) ? checkAlive : static () => { }, rows, row);
    }
}
