using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal static class RowCursorUtils
{
    public const string FetchValueStateError = "A value can only be fetched while the cursor stands at a row: after a MoveNext that returned true, before one that returned false.";

    internal static Func<int, bool> FromColumnsToPredicate(IEnumerable<DataViewSchema.Column> columnsNeeded, DataViewSchema sourceSchema)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var needed = new bool[sourceSchema.Count];
        foreach (var column in columnsNeeded)
        {
            Contracts.Check(column.Index < needed.Length, $"The requested column: {column} is not part of the schema of {sourceSchema.Count} columns");
            needed[column.Index] = true;
        }
        return index => index >= 0 && index < needed.Length && needed[index];
    }
}
