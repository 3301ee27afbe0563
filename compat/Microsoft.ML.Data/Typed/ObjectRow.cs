using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A schema over the members of a class, and the getters that read them from whatever object is current.</summary>
internal sealed class ObjectColumns<TRow>
    where TRow : class
{
    private readonly InternalSchemaDefinition _definition;

    public ObjectColumns(InternalSchemaDefinition definition)
    {
        _definition = definition;
        Schema = definition.ToSchema();
    }

    public DataViewSchema Schema { get; }

    /// <summary>The getters of the active columns (all, if null is given), null for the others.</summary>
    public Delegate?[] CreateGetters(ICurrentObject<TRow> row, bool[]? active)
        => [.. _definition.Columns.Select((column, index) => active == null || active[index] ? MemberGetters<TRow>.Create(column, row) : null)];
}

internal static class ObjectGetters
{
    public static ValueGetter<TValue> Find<TValue>(Delegate?[] getters, DataViewSchema.Column column)
    {
        Delegate? getter = column.Index < getters.Length ? getters[column.Index] : null;
        if (getter == null)
            throw Contracts.ExceptParam(nameof(column), $"Column '{column.Name}' was not requested from this row.");
        return getter as ValueGetter<TValue> ?? throw Contracts.Except(
            $"Column '{column.Name}' has values of type '{getter.GetType().GetGenericArguments()[0]}' and cannot be read as '{typeof(TValue)}'.");
    }
}
