using ConvNeXt.MLNet.Images;
using Microsoft.ML;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>The schema of a transformed view: the source's columns with their indices, then the added ones.</summary>
internal sealed class OutputBindings
{
    /// <summary>Binds outputs to a source.</summary>
    public OutputBindings(DataViewSchema source, DataViewSchema.Column imageColumn, IReadOnlyList<VectorOutput> outputs)
    {
        (Source, ImageColumn, Outputs) = (source, imageColumn, outputs);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(source);
        foreach (VectorOutput output in outputs) builder.AddColumn(output.Name, output.Type, output.Annotations);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Source { get; }

    public DataViewSchema.Column ImageColumn { get; }

    public IReadOnlyList<VectorOutput> Outputs { get; }

    public DataViewSchema Schema { get; }

    /// <summary>Which columns of the output are wanted, by index.</summary>
    /// <exception cref="ArgumentException">A column is not of this schema.</exception>
    public bool[] FindActive(IEnumerable<DataViewSchema.Column> columns)
    {
        bool[] active = new bool[Schema.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            if (column.Index >= active.Length || column.Name != Schema[column.Index].Name)
                throw new ArgumentException($"Column '{column.Name}' (index {column.Index}) is not one of {ColumnErrors.List(Schema.Select(c => c.Name))}.", nameof(columns));
            active[column.Index] = true;
        }
        return active;
    }

    /// <summary>Whether one of the added columns is wanted, so that the network has to run.</summary>
    public bool NeedsNetwork(bool[] active) => active.AsSpan(Source.Count).Contains(true);

    /// <summary>The source columns that are wanted for themselves.</summary>
    public IEnumerable<DataViewSchema.Column> FindSourceColumns(bool[] active) => Source.Where(column => active[column.Index]);

    /// <summary>The getters of the wanted added columns, by index among the added; null where not wanted.</summary>
    public Delegate?[] CreateGetters(bool[] active, CurrentVector current) =>
        [.. Outputs.Select((output, i) => active[Source.Count + i] ? output.CreateGetter(current) : null)];

    /// <summary>The getter of a column of a row.</summary>
    public ValueGetter<TValue> FindGetter<TValue>(DataViewSchema.Column column, DataViewRow input, bool[] active, Delegate?[] getters)
    {
        if (column.Index >= active.Length || !active[column.Index])
            throw new InvalidOperationException($"Column '{column.Name}' was not asked for when the cursor was made, so it has no values here.");
        if (column.Index < Source.Count) return input.GetGetter<TValue>(Source[column.Index]);
        Delegate getter = getters[column.Index - Source.Count]!;
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {Schema[column.Index].Type}; it cannot be read as {typeof(TValue)}.");
    }

    /// <summary>A value was asked for before the first row or after the last.</summary>
    public static InvalidOperationException NotOnARow() => new("The cursor is not on a row: values exist after MoveNext returned true.");
}
