using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.ModelFiles;
using ConvNeXt.MLNet.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(ConvNeXtFeaturizingTransformer), null, typeof(SignatureLoadModel),
    "ConvNeXt image featurizer", ConvNeXtFeaturizingTransformer.LoaderSignature)]

namespace ConvNeXt.MLNet;

/// <summary>
/// Turns images into feature vectors: what a ConvNeXt's linear head reads, the globally averaged and normalised output of the last stage, or the feature map
/// of a stage. A view is computed in batches ahead of its reader, single rows at once. Safe to use from several threads at once. A row whose image cannot be
/// read gets NaN, and a warning in the log.
/// </summary>
public sealed class ConvNeXtFeaturizingTransformer : ITransformer
{
    internal const string LoaderSignature = "ConvNeXtFeaturizer";
    private const string ModelSignature = "CNXTFEAT";

    private readonly ImageNetwork _network;
    private readonly FeaturizerSettings _settings;
    private readonly ImageScorer _scorer;
    private readonly ImageVectorTransformer _transformer;

    internal ConvNeXtFeaturizingTransformer(IHostEnvironment env, ImageNetwork network, FeaturizerSettings settings)
    {
        IHost host = env.Register(nameof(ConvNeXtFeaturizingTransformer));
        (_network, _settings) = (network, settings);
        _scorer = new ImageScorer(network, settings.Output, settings.BatchSize, settings.ImageFolder);
        VectorOutput column = settings.Output == FeatureLevel.Pooled
            ? VectorOutput.Vector(settings.OutputColumn, _scorer.VectorLength, null)
            : VectorOutput.FeatureMap(settings.OutputColumn, _scorer.Dimensions);
        _transformer = new ImageVectorTransformer(host, settings.InputColumn, _scorer, _ => [column]);
    }

    /// <summary>The network.</summary>
    public ConvNeXtConfig Config => _network.Config;

    /// <summary>How images become the network's input.</summary>
    public ImagePreprocessing Preprocessing => _network.Preprocessing;

    /// <summary>What of the network the column holds.</summary>
    public FeatureLevel Output => _settings.Output;

    /// <summary>Length of the feature vector: the width of the last stage, or channels x height x width of a feature map.</summary>
    public int FeatureCount => _scorer.VectorLength;

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The input's columns, then the features.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no images.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _transformer.GetOutputSchema(inputSchema);

    /// <summary>
    /// A view with the features, computed as it is read: in batches ahead of the reader, rows in the source's order. Each reading computes them anew; a
    /// trainer that reads its data many times wants AppendCacheCheckpoint after this transform.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no images.</exception>
    public IDataView Transform(IDataView input) => _transformer.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _transformer.GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ModelFile.Save(ctx, _network, description => description with
        {
            ImageColumn = _settings.InputColumn,
            OutputColumns = [_settings.OutputColumn],
            ImageFolder = _settings.ImageFolder,
            BatchSize = _settings.BatchSize,
            Output = Output == FeatureLevel.Pooled ? null : Output,
        });
    }

    // Found by ML.NET through reflection.
    private static ConvNeXtFeaturizingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        ModelDescription description = ModelFile.Load(ctx, outputColumns: 1, new EngineChoice(env.Register(nameof(ConvNeXtFeaturizingTransformer)), new EngineRequest()), out ImageNetwork network);
        FeatureLevel output = description.Output ?? FeatureLevel.Pooled;
        var settings = new FeaturizerSettings(description.ImageColumn, description.OutputColumns[0], output, description.ImageFolder, description.BatchSize);
        try
        {
            return new ConvNeXtFeaturizingTransformer(env, network, settings);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The model file is damaged: {e.Message}", e);
        }
    }

    private static VersionInfo GetVersionInfo() => ModelFile.CreateVersionInfo(ModelSignature, LoaderSignature);
}

/// <summary>Columns and habits of a featurizer as a transformer.</summary>
/// <param name="InputColumn">Column with the images.</param>
/// <param name="OutputColumn">Added column.</param>
/// <param name="Output">What it holds.</param>
/// <param name="ImageFolder">What relative paths are relative to; null for the process's current folder.</param>
/// <param name="BatchSize">Images that are computed together when a view is read.</param>
internal sealed record FeaturizerSettings(string InputColumn, string OutputColumn, FeatureLevel Output, string? ImageFolder, int BatchSize);
