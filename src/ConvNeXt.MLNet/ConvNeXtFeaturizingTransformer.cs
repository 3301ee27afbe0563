using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Models;
using ConvNeXt.MLNet.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(ConvNeXtFeaturizingTransformer), null, typeof(SignatureLoadModel),
    "ConvNeXt image featurizer", ConvNeXtFeaturizingTransformer.LoaderSignature)]

namespace ConvNeXt.MLNet;

/// <summary>
/// Turns images into feature vectors: what a ConvNeXt's linear head reads, the globally averaged and normalised output of the last stage. A view is computed
/// in batches ahead of its reader, single rows at once. Safe to use from several threads at once. A row whose image cannot be read gets NaN, and a warning in
/// the log.
/// </summary>
public sealed class ConvNeXtFeaturizingTransformer : ITransformer
{
    internal const string LoaderSignature = "ConvNeXtFeaturizer";
    private const string ModelSignature = "CNXTFEAT";

    private readonly ImageNetwork _network;
    private readonly string _outputColumn;
    private readonly string _inputColumn;
    private readonly ImageScorer _scorer;
    private readonly ImageVectorTransformer _transformer;

    internal ConvNeXtFeaturizingTransformer(
        IHostEnvironment env, ImageNetwork network, string outputColumn, string inputColumn, string? imageFolder, int batchSize)
    {
        IHost host = env.Register(nameof(ConvNeXtFeaturizingTransformer));
        (_network, _outputColumn, _inputColumn) = (network, outputColumn, inputColumn);
        _scorer = new ImageScorer(network, NetworkOutput.Features, batchSize, imageFolder);
        _transformer = new ImageVectorTransformer(host, inputColumn, _scorer, _ => [VectorOutput.Vector(outputColumn, _scorer.VectorLength, null)]);
    }

    /// <summary>The network.</summary>
    public ConvNeXtConfig Config => _network.Config;

    /// <summary>How images become the network's input.</summary>
    public ImagePreprocessing Preprocessing => _network.Preprocessing;

    /// <summary>Length of the feature vector, the width of the last stage.</summary>
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
            ImageColumn = _inputColumn,
            OutputColumns = [_outputColumn],
            ImageFolder = _scorer.ImageFolder,
            BatchSize = _scorer.BatchSize,
        });
    }

    // Found by ML.NET through reflection.
    private static ConvNeXtFeaturizingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        ModelDescription description = ModelFile.Load(ctx, outputColumns: 1, out ImageNetwork network);
        return new ConvNeXtFeaturizingTransformer(
            env, network, description.OutputColumns[0], description.ImageColumn, description.ImageFolder, description.BatchSize);
    }

    private static VersionInfo GetVersionInfo() => ModelFile.CreateVersionInfo(ModelSignature, LoaderSignature);
}
