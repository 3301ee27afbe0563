using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A <see cref="SchemaDefinition"/> checked against the class that it describes: for every column its name, type and member.</summary>
internal sealed class InternalSchemaDefinition
{
    private InternalSchemaDefinition(Column[] columns) => Columns = columns;

    public Column[] Columns { get; }

    public static InternalSchemaDefinition Create(Type userType, SchemaDefinition.Direction direction)
        => Create(userType, SchemaDefinition.Create(userType, direction));

    public static InternalSchemaDefinition Create(Type userType, SchemaDefinition? definition)
    {
        definition ??= SchemaDefinition.Create(userType);
        var columns = new List<Column>(definition.Count);
        foreach (SchemaDefinition.Column entry in definition)
        {
            MemberInfo member = MemberColumns.Find(userType, entry.MemberName) ?? throw Contracts.ExceptParam("userSchemaDefinition",
                $"No field or property with name '{entry.MemberName}' found in type '{userType.FullName}'");
            if (MemberColumns.ValueType(member) == typeof(IChannel))
                continue;
            string name = string.IsNullOrEmpty(entry.ColumnName) ? entry.MemberName : entry.ColumnName;
            columns.Add(new Column(name, CheckedType(entry, name, member), member, [.. entry.AnnotationInfos.Values]));
        }

        return new InternalSchemaDefinition([.. columns]);
    }

    /// <summary>The columns as a schema, each with its annotations.</summary>
    public DataViewSchema ToSchema()
    {
        var schema = new DataViewSchema.Builder();
        foreach (Column column in Columns)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            foreach (AnnotationInfo annotation in column.Annotations)
                annotation.AddTo(annotations);
            schema.AddColumn(column.ColumnName, column.ColumnType, annotations.ToAnnotations());
        }

        return schema.ToSchema();
    }

    private static DataViewType CheckedType(SchemaDefinition.Column entry, string name, MemberInfo member)
    {
        (Type item, bool isVector) = MemberColumns.SplitKnown(member);
        if (entry.ColumnType == null)
        {
            PrimitiveDataViewType itemType = ColumnTypeExtensions.PrimitiveTypeFromType(item);
            return isVector ? new VectorDataViewType(itemType) : itemType;
        }

        var vector = entry.ColumnType as VectorDataViewType;
        if (isVector != (vector != null))
        {
            throw Contracts.ExceptParam("userSchemaDefinition", $"Column '{name}' is supposed to be {(vector != null ? "vector" : "scalar")}, " +
                $"but type of associated field '{entry.MemberName}' is {(isVector ? "vector" : "scalar")}");
        }

        Type wanted = (vector?.ItemType ?? entry.ColumnType).RawType;
        if (wanted != item)
        {
            throw Contracts.ExceptParam("userSchemaDefinition",
                $"Column '{name}' is supposed to have item type {wanted}, but associated field has type {item}");
        }

        return entry.ColumnType;
    }

    /// <summary>One column and the member behind it.</summary>
    public sealed class Column(string columnName, DataViewType columnType, MemberInfo memberInfo, AnnotationInfo[] annotations)
    {
        public string ColumnName { get; } = columnName;

        public DataViewType ColumnType { get; } = columnType;

        public MemberInfo MemberInfo { get; } = memberInfo;

        public AnnotationInfo[] Annotations { get; } = annotations;

        public Type FieldOrPropertyType => MemberColumns.ValueType(MemberInfo);
    }
}
