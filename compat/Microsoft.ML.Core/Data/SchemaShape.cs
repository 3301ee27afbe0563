using System.Collections;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>What is known of a schema before anything is fitted: names, item types, whether a column is a key or a vector; not counts or lengths.</summary>
public sealed class SchemaShape : IReadOnlyList<SchemaShape.Column>
{
    private static readonly SchemaShape Empty = new([]);

    private readonly Column[] _columns;

    public SchemaShape(IEnumerable<Column> columns)
    {
        Contracts.CheckValue(columns, nameof(columns));
        _columns = columns.ToArray();
        Contracts.CheckParam(_columns.All(column => column.IsValid), nameof(columns), "Some items are not initialized properly.");
    }

    public int Count => _columns.Length;

    public Column this[int index] => _columns[index];

    public IEnumerator<Column> GetEnumerator() => _columns.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The shape of a schema; hidden columns have no part in it.</summary>
    internal static SchemaShape Create(DataViewSchema schema)
    {
        Contracts.CheckValue(schema, nameof(schema));
        return new SchemaShape(schema.Where(column => !column.IsHidden)
            .Select(column => ShapeOf(column.Name, column.Type, column.Annotations.Schema.Count > 0 ? AnnotationShape(column.Annotations) : null)));
    }

    internal static void GetColumnTypeShape(DataViewType type, out Column.VectorKind vecKind, out DataViewType itemType, out bool isKey)
    {
        var vector = type as VectorDataViewType;
        vecKind = vector is null ? Column.VectorKind.Scalar : vector.IsKnownSize ? Column.VectorKind.Vector : Column.VectorKind.VariableVector;
        itemType = vector?.ItemType ?? type;
        isKey = itemType is KeyDataViewType;
        if (isKey) itemType = ColumnTypeExtensions.PrimitiveTypeFromType(itemType.RawType);
    }

    internal bool TryFindColumn(string name, out Column column)
    {
        Contracts.CheckValue(name, nameof(name));
        column = Array.Find(_columns, candidate => candidate.Name == name);
        return column.IsValid;
    }

    private static SchemaShape AnnotationShape(DataViewSchema.Annotations annotations)
        => new(annotations.Schema.Select(annotation => ShapeOf(annotation.Name, annotation.Type, null)));

    private static Column ShapeOf(string name, DataViewType type, SchemaShape? annotations)
    {
        GetColumnTypeShape(type, out var kind, out var itemType, out bool isKey);
        return new Column(name, kind, itemType, isKey, annotations);
    }

    /// <summary>What is known of one column.</summary>
    public struct Column
    {
        public readonly string Name;
        public readonly VectorKind Kind;

        /// <summary>The type of an item; for a key, the number type that holds it.</summary>
        public readonly DataViewType ItemType;
        public readonly bool IsKey;
        public readonly SchemaShape Annotations;

        internal Column(string name, VectorKind vecKind, DataViewType itemType, bool isKey, SchemaShape? annotations = null)
        {
            Contracts.CheckNonEmpty(name, nameof(name));
            Contracts.CheckParam(itemType is not KeyDataViewType, nameof(itemType), "Item type cannot be a key");
            Contracts.CheckParam(itemType is not VectorDataViewType, nameof(itemType), "Item type cannot be a vector");
            Contracts.CheckParam(!isKey || KeyDataViewType.IsValidDataType(itemType.RawType), nameof(itemType), "The item type must be valid for a key");
            Name = name;
            Kind = vecKind;
            ItemType = itemType;
            IsKey = isKey;
            Annotations = annotations ?? Empty;
        }

        public enum VectorKind
        {
            Scalar = 0,
            Vector = 1,
            VariableVector = 2,
        }

        /// <summary>False for default(Column).</summary>
        internal readonly bool IsValid => Name is not null;

        /// <summary>Whether a column like <paramref name="source"/> can be used where this one is asked for: it may have more annotations.</summary>
        internal readonly bool IsCompatibleWith(Column source)
        {
            Contracts.Check(source.IsValid, nameof(source));
            return Name == source.Name && Kind == source.Kind && IsKey == source.IsKey && ItemType.Equals(source.ItemType)
                && Annotations.All(wanted => source.Annotations.TryFindColumn(wanted.Name, out var found) && wanted.IsCompatibleWith(found));
        }

        internal readonly string GetTypeString()
        {
            string item = IsKey ? $"Key<{ItemType}>" : $"{ItemType}";
            return Kind switch
            {
                VectorKind.Vector => $"Vector<{item}>",
                VectorKind.VariableVector => $"VarVector<{item}>",
                _ => item,
            };
        }
    }
}
