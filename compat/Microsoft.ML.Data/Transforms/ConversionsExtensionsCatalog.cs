using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

public static class ConversionsExtensionsCatalog
{
    public static KeyToValueMappingEstimator MapKeyToValue(
        this TransformsCatalog.ConversionTransforms catalog, string outputColumnName, string? inputColumnName = null) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName);

    public static KeyToValueMappingEstimator MapKeyToValue(this TransformsCatalog.ConversionTransforms catalog, InputOutputColumnPair[] columns)
    {
        IHostEnvironment env = CatalogUtils.GetEnvironment(catalog);
        env.CheckValue(columns, nameof(columns));
        return new KeyToValueMappingEstimator(env, InputOutputColumnPair.ConvertToValueTuples(columns));
    }

    public static ValueToKeyMappingEstimator MapValueToKey(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        string? inputColumnName = null,
        int maximumNumberOfKeys = ValueToKeyMappingEstimator.Defaults.MaximumNumberOfKeys,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.Defaults.Ordinality,
        bool addKeyValueAnnotationsAsText = ValueToKeyMappingEstimator.Defaults.AddKeyValueAnnotationsAsText,
        IDataView? keyData = null) =>
        new(CatalogUtils.GetEnvironment(catalog),
            [new ValueToKeyMappingEstimator.ColumnOptions(outputColumnName, inputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText)],
            keyData);

    public static ValueToKeyMappingEstimator MapValueToKey(
        this TransformsCatalog.ConversionTransforms catalog,
        InputOutputColumnPair[] columns,
        int maximumNumberOfKeys = ValueToKeyMappingEstimator.Defaults.MaximumNumberOfKeys,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.Defaults.Ordinality,
        bool addKeyValueAnnotationsAsText = ValueToKeyMappingEstimator.Defaults.AddKeyValueAnnotationsAsText,
        IDataView? keyData = null)
    {
        IHostEnvironment env = CatalogUtils.GetEnvironment(catalog);
        env.CheckValue(columns, nameof(columns));
        return new ValueToKeyMappingEstimator(env, [.. columns.Select(column => new ValueToKeyMappingEstimator.ColumnOptions(
            column.OutputColumnName, column.InputColumnName, maximumNumberOfKeys, keyOrdinality, addKeyValueAnnotationsAsText))], keyData);
    }
}
