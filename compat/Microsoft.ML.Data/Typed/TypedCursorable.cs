using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Something that writes the values of its current row into an object.</summary>
internal interface IRowReadableAs<TRow> : IDisposable
    where TRow : class
{
    void FillValues(TRow row);
}

/// <summary>The columns of a view bound to the members of <typeparamref name="TRow"/>: checked once, then opened as cursors or rows.</summary>
internal sealed class TypedCursorable<TRow>
    where TRow : class
{
    private readonly IHost _host;
    private readonly IDataView _data;
    private readonly InternalSchemaDefinition.Column[] _members;
    private readonly DataViewSchema.Column[] _columns;

    private TypedCursorable(IHostEnvironment env, IDataView data, bool ignoreMissingColumns, InternalSchemaDefinition definition)
    {
        _host = env.Register("TypedCursorable");
        _data = data;
        var members = new List<InternalSchemaDefinition.Column>();
        var columns = new List<DataViewSchema.Column>();
        foreach (InternalSchemaDefinition.Column member in definition.Columns)
        {
            if (data.Schema.GetColumnOrNull(member.ColumnName) is not { } column)
            {
                if (ignoreMissingColumns)
                    continue;
                throw _host.ExceptSchemaMismatch("Schema", "", member.ColumnName);
            }

            if (!CanBind(column.Type, member.MemberInfo))
            {
                throw _host.Except(
                    "Can't bind the IDataView column '{0}' of type '{1}' to field or property '{2}' of type '{3}'.",
                    member.ColumnName, column.Type, member.MemberInfo.Name, member.FieldOrPropertyType.FullName!);
            }

            members.Add(member);
            columns.Add(column);
        }

        _members = [.. members];
        _columns = [.. columns];
    }

    public static TypedCursorable<TRow> Create(IHostEnvironment env, IDataView data, bool ignoreMissingColumns, SchemaDefinition? schemaDefinition)
    {
        if (schemaDefinition == null)
            CheckUnknownTypes(data.Schema);
        InternalSchemaDefinition definition = schemaDefinition == null
            ? InternalSchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Write)
            : InternalSchemaDefinition.Create(typeof(TRow), schemaDefinition);
        return new TypedCursorable<TRow>(env, data, ignoreMissingColumns, definition);
    }

    /// <summary>Whether a column of the view is bound to a member or wanted besides.</summary>
    public Func<int, bool> GetDependencies(Func<int, bool> additionalColumnsPredicate)
    {
        bool[] bound = new bool[_data.Schema.Count];
        foreach (DataViewSchema.Column column in _columns)
            bound[column.Index] = true;
        return column => bound[column] || additionalColumnsPredicate(column);
    }

    public TypedCursor<TRow> GetCursor()
    {
        DataViewRowCursor cursor = _data.GetRowCursor(_columns);
        return new TypedCursor<TRow>(cursor, FillersFor(cursor));
    }

    public IRowReadableAs<TRow> GetRow(DataViewRow input) => new TypedRow<TRow>(input, FillersFor(input));

    private Action<TRow>[] FillersFor(DataViewRow row)
    {
        var fillers = new Action<TRow>[_members.Length];
        for (int i = 0; i < fillers.Length; i++)
            fillers[i] = MemberFillers<TRow>.Create(_members[i], row, _columns[i]);
        return fillers;
    }

    private static bool CanBind(DataViewType columnType, MemberInfo member)
    {
        (Type item, bool isVector) = MemberColumns.SplitKnown(member);
        var vector = columnType as VectorDataViewType;
        return isVector == (vector != null) && (vector?.ItemType ?? columnType).RawType == item;
    }

    /// <summary>A member whose type no column can have gets a message that says which type its column would need.</summary>
    private static void CheckUnknownTypes(DataViewSchema schema)
    {
        foreach (MemberInfo member in MemberColumns.Of(typeof(TRow), SchemaDefinition.Direction.Write))
        {
            Type actualType = MemberColumns.Split(MemberColumns.ValueType(member)).ItemType;
            string name = MemberColumns.NameOf(member);
            if (MemberColumns.IsStandard(actualType) || DataViewTypeManager.Knows(actualType, member.GetCustomAttributes())
                || schema.GetColumnOrNull(name) is not { } column)
                continue;
            Type expected = column.Type.RawType;
            if (actualType != expected)
            {
                throw Contracts.ExceptParam(nameof(actualType), $"The expected type '{expected}' does not match the type of the '{name}' member: " +
                    $"'{actualType}'. Please change the {name} member to '{expected}'");
            }
        }
    }
}

/// <summary>A row bound to the members of a class.</summary>
internal sealed class TypedRow<TRow>(DataViewRow input, Action<TRow>[] fillers) : IRowReadableAs<TRow>
    where TRow : class
{
    public void FillValues(TRow row)
    {
        foreach (Action<TRow> fill in fillers)
            fill(row);
    }

    public void Dispose() => input.Dispose();
}

/// <summary>A cursor bound to the members of a class.</summary>
internal sealed class TypedCursor<TRow>(DataViewRowCursor input, Action<TRow>[] fillers) : IRowReadableAs<TRow>
    where TRow : class
{
    public bool MoveNext() => input.MoveNext();

    public void FillValues(TRow row)
    {
        Contracts.Check(input.Position >= 0, "Cannot fill values. The cursor is not active.");
        foreach (Action<TRow> fill in fillers)
            fill(row);
    }

    public void Dispose() => input.Dispose();
}
