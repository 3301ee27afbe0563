using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Makes views and rows from objects.</summary>
internal static class DataViewConstructionUtils
{
    public static IDataView CreateFromEnumerable<TRow>(IHostEnvironment env, IEnumerable<TRow> data, SchemaDefinition? schemaDefinition = null)
        where TRow : class
        => new EnumerableDataView<TRow>(env, data, DefinitionOf<TRow>(schemaDefinition));

    public static IDataView CreateFromEnumerable<TRow>(IHostEnvironment env, IEnumerable<TRow> data, DataViewSchema schema)
        where TRow : class
        => CreateFromEnumerable(env, data, GetSchemaDefinition<TRow>(env, schema));

    public static InputRow<TRow> CreateInputRow<TRow>(IHostEnvironment env, SchemaDefinition? schemaDefinition = null)
        where TRow : class
        => new(env, DefinitionOf<TRow>(schemaDefinition));

    /// <summary>The class's own columns with the types and annotations that a schema has for them; every column of the schema needs a member.</summary>
    public static SchemaDefinition GetSchemaDefinition<TRow>(IHostEnvironment env, DataViewSchema schema)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read);
        foreach (DataViewSchema.Column column in schema)
        {
            SchemaDefinition.Column entry = definition[column.Name] ?? throw env.Except($"Type should contain a member named {column.Name}");

            // The schema may know more than the member says: the size of a vector that the class holds as a plain array.
            entry.ColumnType = column.Type;
            foreach (DataViewSchema.Column annotation in column.Annotations.Schema)
                entry.AnnotationInfos[annotation.Name] = AnnotationInfo.FromAnnotations(annotation.Name, column.Annotations);
        }

        return definition;
    }

    public static DataViewSchema.DetachedColumn[] GetSchemaColumns(InternalSchemaDefinition definition)
        => [.. definition.ToSchema().Select(column => new DataViewSchema.DetachedColumn(column))];

    private static InternalSchemaDefinition DefinitionOf<TRow>(SchemaDefinition? definition) => definition == null
        ? InternalSchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read)
        : InternalSchemaDefinition.Create(typeof(TRow), definition);

    /// <summary>A row whose values are read from one object at a time; each new object moves the position on, which tells caches to recompute.</summary>
    internal sealed class InputRow<TRow> : DataViewRow, ICurrentObject<TRow>
        where TRow : class
    {
        private readonly IHost _host;
        private readonly ObjectColumns<TRow> _columns;
        private readonly Delegate?[] _getters;
        private TRow? _current;
        private long _position = -1;

        public InputRow(IHostEnvironment env, InternalSchemaDefinition definition)
        {
            _host = env.Register("Row");
            _columns = new ObjectColumns<TRow>(definition);
            _getters = _columns.CreateGetters(this, active: null);
        }

        public override DataViewSchema Schema => _columns.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public TRow Current => _current ?? throw _host.Except(RowCursorUtils.FetchValueStateError);

        public void ExtractValues(TRow row)
        {
            _host.CheckValue(row, nameof(row));
            _current = row;
            _position++;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < _getters.Length;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => ObjectGetters.Find<TValue>(_getters, column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);
    }
}
