using Microsoft.ML;

namespace ConvNeXt.MLNet.Models;

/// <summary>Shapes of data with columns added.</summary>
internal static class SchemaShapes
{
    /// <summary>The shape with these columns; one of the same name is replaced.</summary>
    public static SchemaShape With(SchemaShape shape, params SchemaShape.Column[] added) =>
        new(shape.Where(column => added.All(a => a.Name != column.Name)).Concat(added));
}
