using ConvNeXt.MLNet.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConvNeXt.MLNet.Scoring.Columns;

/// <summary>The schema of a transformed view: the source's columns with their indices, then the added ones.</summary>
internal sealed class OutputBindings
{
    /// <summary>Binds outputs to a source.</summary>
    public OutputBindings(DataViewSchema source, DataViewSchema.Column imageColumn, IReadOnlyList<OutputColumn> outputs)
    {
        (Source, ImageColumn, Outputs) = (source, imageColumn, outputs);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(source);
        foreach (OutputColumn output in outputs) builder.AddColumn(output.Name, output.Type, output.Annotations);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Source { get; }

    public DataViewSchema.Column ImageColumn { get; }

    public IReadOnlyList<OutputColumn> Outputs { get; }

    public DataViewSchema Schema { get; }

    /// <summary>Which columns of the output are requested, by index.</summary>
    /// <exception cref="ArgumentException">A column is not of this schema.</exception>
    public bool[] FindActive(IEnumerable<DataViewSchema.Column> columns)
    {
        bool[] active = new bool[Schema.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            if (column.Index >= active.Length || column.Name != Schema[column.Index].Name)
            {
                throw new ArgumentException(
                    $"Column '{column.Name}' (index {column.Index}) is not one of {ColumnErrors.List(Schema.Select(c => c.Name))}.", nameof(columns));
            }

            active[column.Index] = true;
        }
        return active;
    }

    /// <summary>Whether one of the added columns is requested, so that the network has to run.</summary>
    public bool NeedsNetwork(bool[] active) => active.AsSpan(Source.Count).Contains(true);

    /// <summary>The source columns that are requested for themselves.</summary>
    public IEnumerable<DataViewSchema.Column> FindSourceColumns(bool[] active) => Source.Where(column => active[column.Index]);

    /// <summary>The source columns that must be read: those requested and, where the network has to run, the image column.</summary>
    public IEnumerable<DataViewSchema.Column> FindColumnsToRead(bool[] active)
    {
        bool computes = NeedsNetwork(active);
        return Source.Where(column => active[column.Index] || (computes && column.Index == ImageColumn.Index));
    }

    /// <summary>The getters of the requested added columns, by index among the added; null where not requested.</summary>
    public Delegate?[] CreateGetters(bool[] active, IRowResult current) =>
        [.. Outputs.Select((output, i) => active[Source.Count + i] ? output.CreateGetter(current) : null)];

    /// <summary>Accepts a column that was requested.</summary>
    /// <exception cref="InvalidOperationException">It was not.</exception>
    public static void CheckActive(DataViewSchema.Column column, bool[] active)
    {
        if (column.Index >= active.Length || !active[column.Index])
            throw new InvalidOperationException($"Column '{column.Name}' was not requested when the cursor was created, so it has no values here.");
    }

    /// <summary>A getter as the caller wants it.</summary>
    /// <exception cref="InvalidOperationException">The column is of another type.</exception>
    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column) =>
        getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}; it cannot be read as {typeof(TValue)}.");

    /// <summary>A value was asked for before the first row or after the last.</summary>
    public static InvalidOperationException NotOnARow() => new("The cursor is not on a row: values exist after MoveNext returned true.");
}
