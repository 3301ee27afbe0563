using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.ModelFiles;
using ConvNeXt.MLNet.Scoring;
using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(ConvNeXtFeaturizingTransformer), null, typeof(SignatureLoadModel),
    "ConvNeXt image featurizer", ConvNeXtFeaturizingTransformer.LoaderSignature)]

namespace ConvNeXt.MLNet;

/// <summary>
/// Computes image features with a ConvNeXt: the pooled features (the input of the classifier layer) or the feature map of a stage. A data view is computed in
/// batches ahead of its reader; a PredictionEngine computes single rows. Thread-safe. If an image cannot be read, its row gets NaN and a warning is logged;
/// <see cref="ConvNeXtFeaturizingEstimator.Options.ProblemColumnName"/> adds a column with the reason.
/// </summary>
public sealed class ConvNeXtFeaturizingTransformer : ITransformer, IDisposable
{
    internal const string LoaderSignature = "ConvNeXtFeaturizer";
    private const string ModelSignature = "CNXTFEAT";

    /// <summary>
    /// The version that this code writes. Earlier code cannot read it, because it has the weights as planes of bytes. Versions that this code reads: 1.2 added
    /// decoding options, 1.3 the problem column, 1.4 inputs that are not square, the decoding of JPEG files at reduced size, and image root folders that are not
    /// stored because they are absolute.
    /// </summary>
    private const uint LatestVersion = 0x00010005;

    private readonly IHostEnvironment _env;
    private readonly ImageNetwork _network;
    private readonly FeaturizerSettings _settings;
    private readonly ImageScorer _scorer;
    private readonly ImageVectorTransformer _transformer;

    internal ConvNeXtFeaturizingTransformer(IHostEnvironment env, ImageNetwork network, FeaturizerSettings settings)
    {
        IHost host = env.Register(nameof(ConvNeXtFeaturizingTransformer));
        (_env, _network, _settings) = (env, network, settings);
        _scorer = new ImageScorer(network, settings.Output, settings.BatchSize, settings.ImageFolder, settings.Decoding);
        OutputColumn column = settings.Output == FeatureLevel.Pooled
            ? OutputColumn.Vector(settings.OutputColumn, _scorer.VectorLength, null)
            : OutputColumn.FeatureMap(settings.OutputColumn, _scorer.Dimensions);
        OutputColumn[] columns = settings.ProblemColumn is { } problem ? [column, OutputColumn.Problem(problem)] : [column];
        _transformer = new ImageVectorTransformer(host, settings.InputColumn, _scorer, _ => columns, settings.ImageFolderIsUnknown);
    }

    /// <summary>The architecture of the network.</summary>
    public ConvNeXtConfig Config => _network.Config;

    /// <summary>How images are resized, cropped and normalized.</summary>
    public ImagePreprocessing Preprocessing => _network.Preprocessing;

    /// <summary>How encoded images are decoded: orientation and transparency.</summary>
    public ImageDecodingOptions Decoding => _settings.Decoding;

    /// <summary>The features that are computed.</summary>
    public FeatureLevel Output => _settings.Output;

    /// <summary>
    /// The length of the output vector: the number of pooled features (the width of the last stage, or of the head's hidden layer if there is one), or channels
    /// x height x width of a feature map.
    /// </summary>
    public int FeatureCount => _scorer.VectorLength;

    bool ITransformer.IsRowToRowMapper => true;

    private bool IsFolderUnknownWhenSaved => _settings.ImageFolderIsUnknown || StoredImageFolder.IsOfThisMachine(_settings.ImageFolder);

    /// <summary>Returns the input schema with the feature column, and the problem column if there is one, added.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or does not contain images.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _transformer.GetOutputSchema(inputSchema);

    /// <summary>
    /// Returns a data view with the features. Rows are computed lazily, in batches ahead of the reader, and keep their order. The remarks on
    /// <see cref="ConvNeXtClassificationTransformer.Transform"/> apply here, too. Each pass computes the features again; use AppendCacheCheckpoint if a trainer
    /// makes several passes.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or does not contain images.</exception>
    public IDataView Transform(IDataView input) => _transformer.Transform(input);

    /// <summary>Returns a copy that uses another folder for relative paths; this transformer does not change.</summary>
    /// <param name="folder">
    /// The folder that relative paths are relative to and that no path may lead out of. If null, the current folder of the process, and files may be anywhere.
    /// </param>
    public ConvNeXtFeaturizingTransformer WithImageRootFolder(string? folder) => new(_env, _network.Share(), _settings with { ImageFolder = folder, ImageFolderIsUnknown = false });

    /// <summary>
    /// Frees the memory of the network. Calls and cursors that are using it keep it until they end, and so do models that share the network and are not
    /// disposed: the result of <see cref="WithImageRootFolder"/>, or the classifier that it was created from. The weights stay, so a disposed model can be saved and used: the network is
    /// then created again.
    /// </summary>
    /// <remarks>
    /// A PredictionEngine disposes its model unless <see cref="PredictionEngineOptions.OwnsTransformer"/> is false. Other PredictionEngines of the model continue
    /// with the same results, but creating the network again takes time, so set it to false if several use one model.
    /// </remarks>
    public void Dispose() => _network.Dispose();

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _transformer.GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ModelFile.Save(ctx, _network, description => description with
        {
            ImageColumn = _settings.InputColumn,
            OutputColumns = [_settings.OutputColumn],
            ProblemColumn = _settings.ProblemColumn,
            ImageFolder = StoredImageFolder.Create(_settings.ImageFolder),
            ImageFolderIsUnknown = IsFolderUnknownWhenSaved ? true : null,
            BatchSize = _settings.BatchSize,
            Decoding = Decoding == ImageDecodingOptions.Earliest ? null : Decoding,
            Output = Output == FeatureLevel.Pooled ? null : Output,
        });
    }

    // ML.NET finds this method by reflection.
    private static ConvNeXtFeaturizingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        var choice = new EngineChoice(env.Register(nameof(ConvNeXtFeaturizingTransformer)), new EngineRequest());
        ModelDescription description = ModelFile.Load(ctx, outputColumns: 1, choice, out ImageNetwork network, out _);
        FeatureLevel output = description.Output ?? FeatureLevel.Pooled;
        var settings = new FeaturizerSettings(
            description.ImageColumn,
            description.OutputColumns[0],
            output,
            description.ImageFolder,
            description.BatchSize,
            description.Decoding ?? ImageDecodingOptions.Earliest,
            description.ProblemColumn,
            description.ImageFolderIsUnknown ?? false);
        StoredImageFolder.Report(env.Register(nameof(ConvNeXtFeaturizingTransformer)), settings.ImageFolder);
        try
        {
            return new ConvNeXtFeaturizingTransformer(env, network, settings);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The model file is damaged: {e.Message}", e);
        }
    }

    private static VersionInfo GetVersionInfo() => ModelFile.CreateVersionInfo(ModelSignature, LoaderSignature, LatestVersion, LatestVersion);
}

/// <summary>Column names and settings of a featurizer.</summary>
/// <param name="InputColumn">Name of the image column.</param>
/// <param name="OutputColumn">Name of the output column.</param>
/// <param name="Output">The features to compute.</param>
/// <param name="ImageFolder">Folder that relative paths are relative to; null for the current folder of the process.</param>
/// <param name="BatchSize">Number of images per batch when a data view is read.</param>
/// <param name="Decoding">How encoded images are decoded.</param>
/// <param name="ProblemColumn">Name of the output column with the reason why an image could not be read; null for none.</param>
/// <param name="ImageFolderIsUnknown">Whether there was a root folder in training that the model file does not contain.</param>
internal sealed record FeaturizerSettings(
    string InputColumn,
    string OutputColumn,
    FeatureLevel Output,
    string? ImageFolder,
    int BatchSize,
    ImageDecodingOptions Decoding,
    string? ProblemColumn,
    bool ImageFolderIsUnknown = false);
