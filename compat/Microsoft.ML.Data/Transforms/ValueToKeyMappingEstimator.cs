using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly IHost _host;
    private readonly ColumnOptionsBase[] _columns;
    private readonly IDataView? _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, string outputColumnName, string? inputColumnName = null,
        int maximumNumberOfKeys = Defaults.MaximumNumberOfKeys, KeyOrdinality keyOrdinality = Defaults.Ordinality)
        : this(env, [new ColumnOptions(outputColumnName, inputColumnName, maximumNumberOfKeys, keyOrdinality)])
    {
    }

    internal ValueToKeyMappingEstimator(IHostEnvironment env, ColumnOptionsBase[] columns, IDataView? keyData = null)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(ValueToKeyMappingEstimator));
        _host.CheckNonEmpty(columns, nameof(columns));
        if (keyData is not null && keyData.Schema.Count != 1)
            throw _host.ExceptParam(nameof(keyData), $"The data with the values to map must have exactly one column; it has {keyData.Schema.Count}.");
        _columns = columns;
        _keyData = keyData;
    }

    public ValueToKeyMappingTransformer Fit(IDataView input) => new(_host, input, _columns, _keyData);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        var result = inputSchema.ToDictionary(column => column.Name);
        foreach (ColumnOptionsBase options in _columns)
        {
            if (!inputSchema.TryFindColumn(options.InputColumnName, out SchemaShape.Column input) || !input.ItemType.IsStandardScalar())
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", options.InputColumnName);
            result[options.OutputColumnName] = new SchemaShape.Column(options.OutputColumnName, input.Kind, NumberDataViewType.UInt32, true,
                AnnotationShape(input, options));
        }
        return new SchemaShape(result.Values);
    }

    private static SchemaShape AnnotationShape(SchemaShape.Column input, ColumnOptionsBase options)
    {
        // The values of keys made from keys are the values of the latter, where they are known.
        if (!input.IsKey || !input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out SchemaShape.Column values)
            || values.Kind != SchemaShape.Column.VectorKind.Vector)
        {
            values = new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector,
                options.AddKeyValueAnnotationsAsText ? TextDataViewType.Instance : input.ItemType, input.IsKey);
        }
        return new SchemaShape(input.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out SchemaShape.Column names) ? [names, values] : [values]);
    }

    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    internal static class Defaults
    {
        public const int MaximumNumberOfKeys = 1000000;
        public const KeyOrdinality Ordinality = KeyOrdinality.ByOccurrence;
        public const bool AddKeyValueAnnotationsAsText = false;
    }

    internal abstract class ColumnOptionsBase
    {
        public readonly string OutputColumnName;
        public readonly string InputColumnName;
        public readonly KeyOrdinality KeyOrdinality;
        public readonly int MaximumNumberOfKeys;
        public readonly bool AddKeyValueAnnotationsAsText;

        private protected ColumnOptionsBase(
            string outputColumnName, string? inputColumnName, int maximumNumberOfKeys, KeyOrdinality keyOrdinality, bool addKeyValueAnnotationsAsText)
        {
            OutputColumnName = Contracts.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
            InputColumnName = inputColumnName ?? outputColumnName;
            KeyOrdinality = keyOrdinality;
            MaximumNumberOfKeys = maximumNumberOfKeys;
            AddKeyValueAnnotationsAsText = addKeyValueAnnotationsAsText;
        }
    }

    internal sealed class ColumnOptions(string outputColumnName, string? inputColumnName = null, int maximumNumberOfKeys = Defaults.MaximumNumberOfKeys,
        KeyOrdinality keyOrdinality = Defaults.Ordinality, bool addKeyValueAnnotationsAsText = Defaults.AddKeyValueAnnotationsAsText)
        : ColumnOptionsBase(outputColumnName, inputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText);
}
