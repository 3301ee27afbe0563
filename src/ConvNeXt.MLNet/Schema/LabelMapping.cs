using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace ConvNeXt.MLNet.Schema;

/// <summary>
/// Maps a text label column to keys of the classes, as a MapValueToKey before the trainer would, but only if the input has that column. So a model can be
/// evaluated with labels and predict without.
/// </summary>
internal sealed class LabelMapping
{
    private readonly string _column;
    private readonly Lazy<ITransformer> _mapping;

    /// <summary>Prepares the mapping. ML.NET's transformer is created on first use.</summary>
    public LabelMapping(IHostEnvironment env, string column, LabelValues labels)
    {
        _column = column;
        _mapping = new Lazy<ITransformer>(() =>
        {
            var builder = new ArrayDataViewBuilder(env);
            builder.AddColumn(column, [.. labels.Names]);
            IDataView keys = builder.GetDataView();
            return new ValueToKeyMappingEstimator(env, [new ValueToKeyMappingEstimator.ColumnOptions(column, column)], keys).Fit(keys);
        });
    }

    /// <summary>Returns the transformer for an input; null if it has no such text column.</summary>
    public ITransformer? Find(DataViewSchema input) => input.GetColumnOrNull(_column)?.Type is TextDataViewType ? _mapping.Value : null;
}
