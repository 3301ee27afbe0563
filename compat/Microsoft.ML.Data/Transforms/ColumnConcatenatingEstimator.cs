using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
{
    private readonly IHost _host;
    private readonly string _name;
    private readonly string[] _sources;

    internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(ColumnConcatenatingEstimator));
        _host.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        _host.CheckValue(inputColumnNames, nameof(inputColumnNames));
        _host.CheckParam(inputColumnNames.Length > 0, nameof(inputColumnNames), "Input columns not specified");
        _host.CheckParam(!inputColumnNames.Any(string.IsNullOrEmpty), nameof(inputColumnNames), "Contained some null or empty items");
        _name = outputColumnName;
        _sources = inputColumnNames;
    }

    public ColumnConcatenatingTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        return new ColumnConcatenatingTransformer(_host, _name, _sources);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        var result = inputSchema.ToDictionary(column => column.Name);
        SchemaShape.Column[] inputs = [.. _sources.Select(name => FindInput(inputSchema, name))];
        foreach (SchemaShape.Column input in inputs) CheckInput(input, inputs[0].ItemType);
        bool variable = inputs.Any(input => input.Kind == SchemaShape.Column.VectorKind.VariableVector);
        result[_name] = new SchemaShape.Column(_name, variable ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector,
            inputs[0].ItemType, false, new SchemaShape(AnnotationShapes(inputs)));
        return new SchemaShape(result.Values);
    }

    private SchemaShape.Column FindInput(SchemaShape inputSchema, string name) =>
        inputSchema.TryFindColumn(name, out SchemaShape.Column column) ? column : throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", name);

    private void CheckInput(SchemaShape.Column input, DataViewType itemType)
    {
        if (input.IsKey) throw _host.Except($"Column '{input.Name}' is a key; keys cannot be concatenated.");
        if (!input.ItemType.Equals(itemType))
            throw _host.Except($"Concatenated columns must have one type: column '{input.Name}' has items of type {input.ItemType}, the first of {itemType}.");
    }

    /// <summary>Normalized where all inputs are, categorical where any is, with slot names where any has them or is a scalar, named by its column.</summary>
    private static IEnumerable<SchemaShape.Column> AnnotationShapes(SchemaShape.Column[] inputs)
    {
        if (inputs.All(input => input.IsNormalized()))
            yield return new SchemaShape.Column(AnnotationUtils.Kinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false);
        if (inputs.Any(HasCategories))
        {
            yield return new SchemaShape.Column(
                AnnotationUtils.Kinds.CategoricalSlotRanges, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Int32, false);
        }
        if (inputs.Any(input => input.Kind == SchemaShape.Column.VectorKind.Scalar || input.HasSlotNames()))
            yield return new SchemaShape.Column(AnnotationUtils.Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false);
    }

    private static bool HasCategories(SchemaShape.Column input) =>
        input.Annotations.TryFindColumn(AnnotationUtils.Kinds.CategoricalSlotRanges, out SchemaShape.Column ranges)
        && ranges.Kind == SchemaShape.Column.VectorKind.Vector && ranges.ItemType.Equals(NumberDataViewType.Int32);
}
