using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Onnx;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.ModelFiles;
using ConvNeXt.MLNet.Schema;
using ConvNeXt.MLNet.Scoring;
using ConvNeXt.MLNet.Scoring.Columns;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(ConvNeXtClassificationTransformer), null, typeof(SignatureLoadModel),
    "ConvNeXt image classifier", ConvNeXtClassificationTransformer.LoaderSignature)]

namespace ConvNeXt.MLNet;

/// <summary>
/// A trained ConvNeXt image classifier. It adds the columns Score (the softmax probability of each class, with the labels as slot names) and PredictedLabel (a
/// key whose values are the labels). If it was trained with text labels and the input has that text column, the column becomes a key with the same values, as
/// Evaluate needs it; it may be missing. A data view is scored in batches ahead of its reader; a PredictionEngine scores single rows. Thread-safe. If an image
/// cannot be read, its row gets NaN scores and a missing label, and a warning is logged; <see cref="ConvNeXtTrainer.Options.ProblemColumnName"/> and
/// <see cref="WithProblemColumn"/> add a column with the reason.
/// </summary>
public sealed class ConvNeXtClassificationTransformer : ISingleFeaturePredictionTransformer<WeightSet>, IDisposable
{
    internal const string LoaderSignature = "ConvNeXtClassifier";
    private const string ModelSignature = "CNXTCLAS";

    /// <summary>
    /// The version that this code writes. Earlier code cannot read it, because it has the weights as planes of bytes. Versions that this code reads: 1.2 added the
    /// temperature, 1.3 decoding options, 1.4 the problem column, 1.5 the text label column, 1.6 inputs that are not square, the decoding of JPEG files at reduced
    /// size, and image root folders that are not stored because they are absolute.
    /// </summary>
    private const uint LatestVersion = 0x00010007;

    private readonly IHostEnvironment _env;
    private readonly ConvNeXtClassifierSettings _settings;
    private readonly LabelValues? _labels;
    private readonly ImageVectorTransformer _transformer;
    private readonly LabelMapping? _labelMapping;

    internal ConvNeXtClassificationTransformer(IHostEnvironment env, ImageNetwork network, LabelValues? labels, ConvNeXtClassifierSettings settings)
    {
        IHost host = env.Register(nameof(ConvNeXtClassificationTransformer));
        (_env, Network, _labels, _settings) = (env, network, labels, settings);
        Scorer = new ImageScorer(network, feature: null, settings.BatchSize, settings.ImageFolder, settings.Decoding, settings.Temperature);
        _transformer = new ImageVectorTransformer(host, settings.ImageColumn, Scorer, CreateOutputs, settings.ImageFolderIsUnknown);
        _labelMapping = settings.LabelColumn is { } column && labels is not null ? new LabelMapping(host, column, labels) : null;
    }

    /// <summary>The architecture of the network.</summary>
    public ConvNeXtConfig Config => Network.Config;

    /// <summary>How images are resized, cropped and normalized.</summary>
    public ImagePreprocessing Preprocessing => Network.Preprocessing;

    /// <summary>How encoded images are decoded: orientation and transparency.</summary>
    public ImageDecodingOptions Decoding => _settings.Decoding;

    /// <summary>The labels as text, in the order of the Score slots; empty if the label keys of the training data had no values.</summary>
    public IReadOnlyList<string> LabelNames => _labels?.Names ?? [];

    /// <summary>
    /// The divisor of the logits before the softmax that computes Score. It is 1 unless it was fitted to the validation set in training
    /// (<see cref="Backbone.Training.TrainingOptions.CalibrateTemperature"/>).
    /// </summary>
    public double Temperature => _settings.Temperature;

    /// <summary>The trained weights under their official names. This is not a copy; do not change the values.</summary>
    public WeightSet Weights => Network.Weights;

    /// <summary>
    /// The license of the weights that training started from, as text such as "MIT"; "none, trained from scratch" without such weights, and null if it is not
    /// known, as for files of weights and for models from before it was stored. <see cref="ConvNeXtTrainer.Options.WeightsLicense"/> sets it.
    /// </summary>
    public string? WeightsLicense => _settings.WeightsLicense;

    /// <summary>The settings that the model was trained with; null for a model that was loaded from a file.</summary>
    public ConvNeXtTrainingInfo? TrainingInfo { get; internal init; }

    internal ImageNetwork Network { get; }

    internal ImageScorer Scorer { get; }

    string ISingleFeaturePredictionTransformer<WeightSet>.FeatureColumnName => _settings.ImageColumn;

    // The image column can have several types; a path is the usual one.
    DataViewType ISingleFeaturePredictionTransformer<WeightSet>.FeatureColumnType => TextDataViewType.Instance;

    WeightSet IPredictionTransformer<WeightSet>.Model => Weights;

    bool ITransformer.IsRowToRowMapper => true;

    private bool IsFolderUnknownWhenSaved => _settings.ImageFolderIsUnknown || StoredImageFolder.IsOfThisMachine(_settings.ImageFolder);

    /// <summary>Returns the input schema with Score, PredictedLabel, and the problem column if there is one, added.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or does not contain images.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return _transformer.GetOutputSchema(FindMapping(inputSchema)?.GetOutputSchema(inputSchema) ?? inputSchema);
    }

    /// <summary>
    /// Returns a data view with Score and PredictedLabel. Rows are scored lazily, in batches ahead of the reader, and keep their order. If no added column is
    /// requested, nothing is computed.
    /// </summary>
    /// <remarks>
    /// A pass over the view reads each row of the source once, on the thread that reads the view. So a source may be readable only once, or return other rows
    /// in each pass. Rows are read up to three batches ahead, fewer at the beginning, and the values of the requested source columns are copied meanwhile. With
    /// a batch size of 1, or if a requested source column cannot be copied (an MLImage or another object), no row is read ahead. Images are decoded on the
    /// reading thread and on threads of the library, never on the thread pool. An exception of the source is thrown at the row that could not be read. If an
    /// image cannot be read, only its own row is affected; the first 20 such images of a pass are logged one by one.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or does not contain images.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return _transformer.Transform(FindMapping(input.Schema)?.Transform(input) ?? input);
    }

    /// <summary>
    /// Saves the model as an ONNX file for other runtimes. Input <c>images</c>: float32 [batch, 3, size, size], planes R, G, B, pixel values from 0 to 255,
    /// resized and cropped according to <see cref="Preprocessing"/>; the ConvNeXtPixels transform computes exactly this. Outputs: float32 [batch, classes] in
    /// the order of <see cref="LabelNames"/>: <c>probabilities</c>, equal to the Score column, and <c>logits</c> before the softmax. The last layer in the file
    /// is divided by <see cref="Temperature"/>. Preprocessing and labels are stored as metadata. The file appears under its name only when it is complete.
    /// </summary>
    /// <param name="path">The path of the file. An existing file is overwritten.</param>
    /// <param name="options">Fixed batch size, dynamic image size, or normalized input. If null, the defaults are used.</param>
    /// <exception cref="ArgumentException">The path is empty, or an option is out of range.</exception>
    /// <exception cref="NotSupportedException">The network is larger than 2 GB, the limit of the ONNX format.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveAsOnnx(string path, OnnxExportOptions? options = null) =>
        OnnxWriter.Write(
            path,
            Config,
            HeadScaling.Divide(Weights, Temperature),
            Preprocessing,
            LabelNames.Count > 0 ? LabelNames : null,
            (options ?? new OnnxExportOptions()) with { DecodingMetadata = Decoding.ToMetadata() });

    /// <summary>
    /// Returns the same model with another engine; this instance is not changed. A loaded model uses <see cref="ConvNeXtEngine.Auto"/> in float32, with the GPU
    /// settings of the <see cref="MLContext"/> that loaded it.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="precision">
    /// The precision of the TorchSharp engine. The managed engine uses float32, or 8-bit products with <see cref="ComputePrecision.Int8"/>;
    /// <see cref="Quantize"/> compares these with float32 first. A saved model keeps its float32 weights, and the precision is not saved.
    /// </param>
    /// <param name="deviceIds">
    /// The GPUs that batches are distributed over, each with a copy of the network. If null, the GPU of the <see cref="MLContext"/>.
    /// </param>
    /// <param name="batchSize">The number of images per batch when a data view is scored, at least 1, over all GPUs together. If null, unchanged.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is below 1, or the engine or precision is not defined.</exception>
    /// <exception cref="ArgumentException"><see cref="ComputePrecision.Int8"/> with the TorchSharp engine or with GPUs.</exception>
    public ConvNeXtClassificationTransformer WithEngine(
        ConvNeXtEngine engine, ComputePrecision precision = ComputePrecision.Single, IReadOnlyList<int>? deviceIds = null, int? batchSize = null)
    {
        if (batchSize is { } images) Check.AtLeast(images, 1, nameof(batchSize));
        EngineChoice choice = CreateEngineChoice(_env, new EngineRequest(engine, precision, deviceIds));
        return new ConvNeXtClassificationTransformer(_env, Network.With(choice), _labels, _settings with { BatchSize = batchSize ?? _settings.BatchSize })
        {
            TrainingInfo = TrainingInfo,
        };
    }

    /// <summary>
    /// Returns the same model with 8-bit products on the managed engine (<see cref="ComputePrecision.Int8"/>), after comparing it with float32 on images; this
    /// instance is not changed. Blocks that rounding changes too much stay in float32. The images need no labels; a few hundred that are like those to be
    /// classified are enough. Nothing is fitted to them.
    /// </summary>
    /// <param name="imagePaths">Image files; relative paths are relative to the current folder of the process. They are read twice.</param>
    /// <param name="report">Receives what differs.</param>
    /// <param name="options">How much may differ; null for the defaults.</param>
    /// <exception cref="QuantizationException">More differs than may; the exception has the report.</exception>
    /// <exception cref="InvalidDataException">An image cannot be read; the message names it.</exception>
    /// <exception cref="ArgumentException">There are no images, or an option is out of range.</exception>
    public ConvNeXtClassificationTransformer Quantize(IReadOnlyList<string> imagePaths, out QuantizationReport report, QuantizationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(imagePaths);
        report = ModelQuantization.Check(Network, Decoding, Temperature, imagePaths, options ?? new QuantizationOptions());
        EngineChoice choice = CreateEngineChoice(_env, new EngineRequest(ConvNeXtEngine.Managed, ComputePrecision.Int8) { SingleLayers = report.SingleLayers });
        return new ConvNeXtClassificationTransformer(_env, Network.With(choice), _labels, _settings) { TrainingInfo = TrainingInfo };
    }

    /// <summary>Returns a copy that uses another folder for relative paths; this model does not change.</summary>
    /// <param name="folder">
    /// The folder that relative paths are relative to and that no path may lead out of. If null, the current folder of the process, and files may be anywhere.
    /// </param>
    public ConvNeXtClassificationTransformer WithImageRootFolder(string? folder) =>
        new(_env, Network.Share(), _labels, _settings with { ImageFolder = folder, ImageFolderIsUnknown = false }) { TrainingInfo = TrainingInfo };

    /// <summary>
    /// Returns the same model with one more output column, a text with the reason why a row's image could not be read; empty if it was read. This instance is
    /// not changed. A saved model keeps the column.
    /// </summary>
    /// <param name="name">The name of the column; null for no such column.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ConvNeXtClassificationTransformer WithProblemColumn(string? name)
    {
        if (name is not null) Check.ColumnName(name, nameof(name));
        return new ConvNeXtClassificationTransformer(_env, Network.Share(), _labels, _settings with { ProblemColumn = name }) { TrainingInfo = TrainingInfo };
    }

    /// <summary>
    /// Frees the memory of the network. Calls and cursors that are using it keep it until they end, and so do models that share the network and are not
    /// disposed: the results of <see cref="WithImageRootFolder"/> and <see cref="WithProblemColumn"/>. The weights stay, so a disposed model can be saved and
    /// used: the network is then created again.
    /// </summary>
    /// <remarks>
    /// A PredictionEngine disposes its model unless <see cref="PredictionEngineOptions.OwnsTransformer"/> is false. Other PredictionEngines of the model continue
    /// with the same results, but creating the network again takes time, so set it to false if several use one model.
    /// </remarks>
    public void Dispose() => Network.Dispose();

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (FindMapping(inputSchema) is not { } mapping) return _transformer.GetRowToRowMapper(inputSchema);
        IRowToRowMapper labels = mapping.GetRowToRowMapper(inputSchema);
        return new CompositeRowToRowMapper(inputSchema, [labels, _transformer.GetRowToRowMapper(labels.OutputSchema)]);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ModelFile.Save(ctx, Network, description => description with
        {
            ImageColumn = _settings.ImageColumn,
            OutputColumns = [_settings.ScoreColumn, _settings.PredictedLabelColumn],
            ProblemColumn = _settings.ProblemColumn,
            ImageFolder = StoredImageFolder.Create(_settings.ImageFolder),
            ImageFolderIsUnknown = IsFolderUnknownWhenSaved ? true : null,
            BatchSize = _settings.BatchSize,
            LabelColumn = _settings.LabelColumn,
            Decoding = Decoding == ImageDecodingOptions.Earliest ? null : Decoding,
            Temperature = Temperature == 1 ? null : Temperature,
            LabelType = _labels?.TypeName,
            Labels = _labels is null ? null : [.. _labels.Names],
        }, _settings.WeightsLicense);
    }

    // ML.NET finds this method by reflection.
    private static ConvNeXtClassificationTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo());
        EngineChoice engine = CreateEngineChoice(env, new EngineRequest());
        ModelDescription description = ModelFile.Load(ctx, outputColumns: 2, engine, out ImageNetwork network, out string? license);
        LabelValues? labels = ModelFile.ParseLabels(description);
        var settings = new ConvNeXtClassifierSettings(
            description.ImageColumn,
            description.OutputColumns[0],
            description.OutputColumns[1],
            description.ImageFolder,
            description.BatchSize,
            description.Temperature ?? 1,
            description.Decoding ?? ImageDecodingOptions.Earliest,
            description.ProblemColumn,
            description.LabelColumn,
            description.ImageFolderIsUnknown ?? false,
            license);
        StoredImageFolder.Report(env.Register(nameof(ConvNeXtClassificationTransformer)), settings.ImageFolder);
        return new ConvNeXtClassificationTransformer(env, network, labels, settings);
    }

    private static EngineChoice CreateEngineChoice(IHostEnvironment env, EngineRequest request) =>
        new(env.Register(nameof(ConvNeXtClassificationTransformer)), request);

    private ITransformer? FindMapping(DataViewSchema input) => _labelMapping?.Find(input);

    private static VersionInfo GetVersionInfo() => ModelFile.CreateVersionInfo(ModelSignature, LoaderSignature, LatestVersion, LatestVersion);

    private OutputColumn[] CreateOutputs(DataViewSchema input)
    {
        uint columnSet = ClassifierAnnotations.FindNextColumnSet(input);
        int classes = Network.Config.ClassCount;
        OutputColumn[] columns =
        [
            OutputColumn.Vector(_settings.ScoreColumn, classes, ClassifierAnnotations.ForScore(_labels, columnSet)),
            OutputColumn.ArgMax(_settings.PredictedLabelColumn, classes, ClassifierAnnotations.ForPredictedLabel(_labels, columnSet)),
        ];
        return _settings.ProblemColumn is { } problem ? [.. columns, OutputColumn.Problem(problem)] : columns;
    }
}

/// <summary>Column names and scoring settings of a classifier.</summary>
/// <param name="ImageColumn">Name of the image column.</param>
/// <param name="ScoreColumn">Name of the output column with the probabilities.</param>
/// <param name="PredictedLabelColumn">Name of the output column with the most likely class.</param>
/// <param name="ImageFolder">Folder that relative paths are relative to; null for the current folder of the process.</param>
/// <param name="BatchSize">Number of images per batch when a data view is scored.</param>
/// <param name="Temperature">Divisor of the logits before the softmax; 1 for no change.</param>
/// <param name="Decoding">How encoded images are decoded.</param>
/// <param name="ProblemColumn">Name of the output column with the reason why an image could not be read; null for none.</param>
/// <param name="LabelColumn">Name of the text column with labels that becomes a key where the input has it; null for none.</param>
/// <param name="ImageFolderIsUnknown">Whether there was a root folder in training that the model file does not contain.</param>
/// <param name="WeightsLicense">The license of the weights that training started from; null if it is not known.</param>
internal sealed record ConvNeXtClassifierSettings(
    string ImageColumn,
    string ScoreColumn,
    string PredictedLabelColumn,
    string? ImageFolder,
    int BatchSize,
    double Temperature,
    ImageDecodingOptions Decoding,
    string? ProblemColumn,
    string? LabelColumn = null,
    bool ImageFolderIsUnknown = false,
    string? WeightsLicense = null);
