using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How the public fields and properties of a class map to columns. It starts as what the attributes say and may be changed.</summary>
public sealed class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition()
    {
    }

    /// <summary>Which members count: those that can be read (the class is a source), written (it is a result), or either.</summary>
    [Flags]
    public enum Direction
    {
        Read = 1,
        Write = 2,
        Both = Read | Write,
    }

    /// <summary>The entry for a column name, null when there is none; setting replaces the entry or adds it.</summary>
    public Column? this[string columnName]
    {
        get => Find(column => column.ColumnName == columnName);
        set
        {
            Contracts.CheckValue(value, nameof(value));
            if (value.ColumnName != columnName)
            {
                throw Contracts.ExceptParam(nameof(columnName),
                    $"The entry is for column '{value.ColumnName}' and cannot be set as column '{columnName}'.");
            }

            int index = FindIndex(column => column.ColumnName == columnName);
            if (index < 0)
                Add(value);
            else
                this[index] = value;
        }
    }

    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        Contracts.CheckValue(userType, nameof(userType));
        var definition = new SchemaDefinition();
        var names = new HashSet<string>();
        foreach (MemberInfo member in MemberColumns.Of(userType, direction))
        {
            MemberColumns.RegisterType(member);
            string name = MemberColumns.NameOf(member);
            if (!names.Add(name))
                throw Contracts.ExceptParam(nameof(userType), $"Type '{userType.FullName}' has two members for column '{name}'.");
            definition.Add(new Column(member.Name, MemberColumns.TypeOf(member), name));
        }

        return definition;
    }

    /// <summary>One member and the column it stands for.</summary>
    public sealed class Column
    {
        internal Column(string memberName, DataViewType columnType, string? columnName = null)
        {
            Contracts.CheckNonEmpty(memberName, nameof(memberName));
            MemberName = memberName;
            ColumnName = columnName ?? memberName;
            ColumnType = columnType;
        }

        public string MemberName { get; }

        public string ColumnName { get; set; }

        public DataViewType ColumnType { get; set; }

        public DataViewSchema.Annotations Annotations
        {
            get
            {
                var builder = new DataViewSchema.Annotations.Builder();
                foreach (AnnotationInfo annotation in AnnotationInfos.Values)
                    annotation.AddTo(builder);
                return builder.ToAnnotations();
            }
        }

        internal Dictionary<string, AnnotationInfo> AnnotationInfos { get; } = [];

        public void AddAnnotation<T>(string kind, T value, DataViewType annotationType)
        {
            Contracts.CheckValue(kind, nameof(kind));
            Contracts.CheckValue(annotationType, nameof(annotationType));
            if (AnnotationInfos.ContainsKey(kind))
                throw Contracts.Except($"Column '{ColumnName}' already has the annotation '{kind}'.");
            AnnotationInfos[kind] = AnnotationInfo.FromValue(kind, value!, annotationType);
        }
    }
}
