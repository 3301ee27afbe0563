using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(IHostEnvironment env, string[]? keepColumns, string[]? dropColumns,
        bool keepHidden = Defaults.KeepHidden, bool ignoreMissing = Defaults.IgnoreMissing)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(ColumnSelectingEstimator)),
            new ColumnSelectingTransformer(env, keepColumns, dropColumns, keepHidden, ignoreMissing))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Host.CheckValue(inputSchema, nameof(inputSchema));
        Transformer.CheckSelected(inputSchema.Select(column => column.Name), nameof(inputSchema));
        return new SchemaShape(inputSchema.Where(column => Transformer.SelectColumns.Contains(column.Name) == Transformer.KeepColumns));
    }

    internal static ColumnSelectingEstimator KeepColumns(IHostEnvironment env, params string[] columnsToKeep) => new(env, columnsToKeep, null);

    internal static ColumnSelectingEstimator DropColumns(IHostEnvironment env, params string[] columnsToDrop) => new(env, null, columnsToDrop);

    internal static class Defaults
    {
        public const bool KeepHidden = false;
        public const bool IgnoreMissing = false;
    }
}
