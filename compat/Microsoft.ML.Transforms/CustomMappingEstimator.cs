using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class CustomMappingEstimator<TSrc, TDst> : TrivialEstimator<CustomMappingTransformer<TSrc, TDst>>
    where TSrc : class, new()
    where TDst : class, new()
{
    internal CustomMappingEstimator(IHostEnvironment env, Action<TSrc, TDst> mapAction, string? contractName,
        SchemaDefinition? inputSchemaDefinition = null, SchemaDefinition? outputSchemaDefinition = null)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(CustomMappingEstimator<TSrc, TDst>)),
            new CustomMappingTransformer<TSrc, TDst>(env, mapAction, contractName, inputSchemaDefinition, outputSchemaDefinition))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        foreach (InternalSchemaDefinition.Column wanted in InternalSchemaDefinition.Create(typeof(TSrc), Transformer.InputSchemaDefinition).Columns)
        {
            if (!inputSchema.TryFindColumn(wanted.ColumnName, out SchemaShape.Column found))
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", wanted.ColumnName);
            if (!Accepts(wanted.ColumnType, found))
                throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", wanted.ColumnName, wanted.ColumnType.ToString()!, found.GetTypeString());
        }
        var result = inputSchema.ToDictionary(column => column.Name);
        foreach (SchemaShape.Column added in SchemaShape.Create(Transformer.AddedSchema.ToSchema()))
            result[added.Name] = added;
        return new SchemaShape(result.Values);
    }

    /// <summary>Whether a member of the source class can hold a column; a vector of unknown length also holds one of known length.</summary>
    private static bool Accepts(DataViewType wanted, SchemaShape.Column found)
    {
        SchemaShape.GetColumnTypeShape(wanted, out SchemaShape.Column.VectorKind kind, out DataViewType itemType, out bool isKey);
        return itemType.Equals(found.ItemType) && isKey == found.IsKey
            && (kind == found.Kind || (kind == SchemaShape.Column.VectorKind.VariableVector && found.Kind == SchemaShape.Column.VectorKind.Vector));
    }
}
