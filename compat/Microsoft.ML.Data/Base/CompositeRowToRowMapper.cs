using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Mappers one after another; none at all passes the row on.</summary>
internal sealed class CompositeRowToRowMapper : IRowToRowMapper, IDisposable
{
    public CompositeRowToRowMapper(DataViewSchema inputSchema, IRowToRowMapper[]? mappers)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        InputSchema = inputSchema;
        InnerMappers = mappers ?? [];
        OutputSchema = InnerMappers.LastOrDefault()?.OutputSchema ?? inputSchema;
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    internal IRowToRowMapper[] InnerMappers { get; }

    public void Dispose()
    {
        foreach (var mapper in InnerMappers)
            (mapper as IDisposable)?.Dispose();
    }

    IEnumerable<DataViewSchema.Column> IRowToRowMapper.GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
        => InnerMappers.Reverse().Aggregate(dependingColumns, (needed, mapper) => mapper.GetDependencies(needed));

    DataViewRow IRowToRowMapper.GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckParam(input.Schema == InputSchema, nameof(input), "Schema did not match original schema");

        var needed = new IEnumerable<DataViewSchema.Column>[InnerMappers.Length];
        var columns = activeColumns;
        for (int i = InnerMappers.Length - 1; i >= 0; i--)
        {
            needed[i] = columns;
            columns = InnerMappers[i].GetDependencies(columns);
        }
        var row = input;
        for (int i = 0; i < InnerMappers.Length; i++)
            row = InnerMappers[i].GetRow(row, needed[i]);
        return row;
    }
}
