using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// A view with the network's columns added, computed in batches ahead of whoever reads it. One cursor over the image column runs in front and feeds the
/// network, a second one over the columns that the consumer asked for walks row by row; nothing of the source is copied, and where no added column is asked
/// for the network does not run.
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
        if (!bindings.NeedsNetwork(active))
            return new ScoredCursor(host, bindings, active, source.GetRowCursor(bindings.FindSourceColumns(active), rand), null);

        // Both cursors must see the same order: each gets a generator of its own with the same seed.
        int? seed = source.CanShuffle ? rand?.Next() : null;
        DataViewRowCursor rows = source.GetRowCursor(bindings.FindSourceColumns(active), CreateRandom(seed));
        var ahead = new ScoringPipeline(checkAlive, () => source.GetRowCursor([bindings.ImageColumn], CreateRandom(seed)), bindings.ImageColumn, scorer);
        return new ScoredCursor(host, bindings, active, rows, ahead);
    }

    /// <summary>One cursor where the network runs, which is parallel in itself; else as many as the source gives.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        bool[] active = bindings.FindActive(columns);
        if (bindings.NeedsNetwork(active)) return [GetRowCursor(columns, rand)];
        DataViewRowCursor[] cursors = source.GetRowCursorSet(bindings.FindSourceColumns(active), n, rand);
        return [.. cursors.Select(cursor => new ScoredCursor(host, bindings, active, cursor, null))];
    }

    private static Random? CreateRandom(int? seed) => seed is { } value ? new Random(value) : null;
}
