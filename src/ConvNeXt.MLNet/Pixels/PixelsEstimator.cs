using ConvNeXt.Backbone;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Schema;
using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Pixels;

/// <summary>Adds the pixels of pictures as an exported ONNX network reads them. Nothing is learned from data.</summary>
internal sealed class PixelsEstimator : IEstimator<PixelsTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly PixelsSettings _settings;

    public PixelsEstimator(IHostEnvironment env, PixelsSettings settings)
    {
        (_env, _settings) = (env, settings);
        Check.ColumnName(settings.OutputColumn, "outputColumnName");
        Check.ColumnName(settings.InputColumn, "inputColumnName");
        settings.Preprocessing.Validate();
    }

    public PixelsTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ImageColumn.Find(input.Schema, _settings.InputColumn);
        return new PixelsTransformer(_env, _settings);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ImageColumn.Check(inputSchema, _settings.InputColumn);
        return SchemaShapes.With(
            inputSchema, new SchemaShape.Column(_settings.OutputColumn, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false));
    }
}
