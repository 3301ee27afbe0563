using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Image;

/// <summary>The schema shape that an estimator of image columns announces: the input's, with one column per pair added or replaced.</summary>
internal static class ImageSchemaShape
{
    public static SchemaShape Propagate(IHost host, SchemaShape inputSchema, IEnumerable<(string Output, string Input)> pairs, DataViewType wanted,
        Func<string, SchemaShape.Column, SchemaShape.Column> makeOutput)
    {
        host.CheckValue(inputSchema, nameof(inputSchema));
        var columns = inputSchema.ToDictionary(column => column.Name);
        foreach (var (output, input) in pairs)
        {
            if (!inputSchema.TryFindColumn(input, out var column))
                throw host.ExceptSchemaMismatch(nameof(inputSchema), "input", input);
            // Any image will do, whatever its size.
            if (column.ItemType.GetType() != wanted.GetType() || column.Kind != SchemaShape.Column.VectorKind.Scalar)
                throw host.ExceptSchemaMismatch(nameof(inputSchema), "input", input, wanted.ToString()!, column.GetTypeString());
            columns[output] = makeOutput(output, column);
        }
        return new SchemaShape(columns.Values);
    }
}
