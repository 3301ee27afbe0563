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
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(ConvNeXtClassificationTransformer), null, typeof(SignatureLoadModel),
    "ConvNeXt image classifier", ConvNeXtClassificationTransformer.LoaderSignature)]

namespace ConvNeXt.MLNet;

/// <summary>
/// A trained ConvNeXt image classifier. It adds the columns Score (probability of each class, softmax, slots named after the labels) and PredictedLabel (a
/// key whose values are the labels). A view is scored in batches ahead of its reader; a PredictionEngine scores single rows. Safe to use from several threads
/// at once. A row whose image cannot be read gets NaN scores and a missing label, and a warning in the log.
/// </summary>
public sealed class ConvNeXtClassificationTransformer : ITransformer
{
    internal const string LoaderSignature = "ConvNeXtClassifier";
    private const string ModelSignature = "CNXTCLAS";

    /// <summary>From this version on a member may have a temperature; code before it would give other probabilities, so it must not read such a member.</summary>
    private const uint TemperatureVersion = 0x00010002;

    private readonly IHostEnvironment _env;
    private readonly ConvNeXtClassifierSettings _settings;
    private readonly LabelValues? _labels;
    private readonly ImageVectorTransformer _transformer;

    internal ConvNeXtClassificationTransformer(IHostEnvironment env, ImageNetwork network, LabelValues? labels, ConvNeXtClassifierSettings settings)
    {
        IHost host = env.Register(nameof(ConvNeXtClassificationTransformer));
        (_env, Network, _labels, _settings) = (env, network, labels, settings);
        var scorer = new ImageScorer(network, feature: null, settings.BatchSize, settings.ImageFolder, settings.Temperature);
        _transformer = new ImageVectorTransformer(host, settings.ImageColumn, scorer, CreateOutputs);
    }

    /// <summary>The network.</summary>
    public ConvNeXtConfig Config => Network.Config;

    /// <summary>How images become the network's input.</summary>
    public ImagePreprocessing Preprocessing => Network.Preprocessing;

    /// <summary>The labels as text, in the order of the slots of Score; empty where the training data's keys had no values.</summary>
    public IReadOnlyList<string> LabelNames => _labels?.Names ?? [];

    /// <summary>
    /// What the network's logits are divided by before the softmax that gives Score; 1 unless it was fitted to the validation set in training
    /// (<see cref="Backbone.Training.TrainingOptions.CalibrateTemperature"/>).
    /// </summary>
    public double Temperature => _settings.Temperature;

    /// <summary>The trained weights under their official names. They are the model's own: do not change their values.</summary>
    public WeightSet Weights => Network.Weights;

    internal ImageNetwork Network { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The input's columns, then Score and PredictedLabel.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no images.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _transformer.GetOutputSchema(inputSchema);

    /// <summary>
    /// A view with Score and PredictedLabel, computed as it is read: in batches ahead of the reader, rows in the source's order. The source is read by two
    /// cursors at once, so it must give the same rows in the same order each time. Where neither column is asked for, nothing is computed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no images.</exception>
    public IDataView Transform(IDataView input) => _transformer.Transform(input);

    /// <summary>
    /// Writes the model as one ONNX file for other runtimes. Input <c>images</c>: float32 [batch, 3, size, size], planes R, G, B with pixel values from 0 to
    /// 255 of a picture that is resized and cropped as <see cref="Preprocessing"/> says; the transform ConvNeXtPixels makes exactly that. Outputs, float32
    /// [batch, classes] in the order of <see cref="LabelNames"/>: <c>probabilities</c>, equal to the column Score, and <c>logits</c>, whose softmax they are;
    /// where there is a <see cref="Temperature"/>, the last layer in the file is divided by it. Preprocessing and labels are in the file's metadata. The file
    /// appears under its name when it is complete.
    /// </summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="options">Fixed batch, images of any size, or normalized input; null for the defaults.</param>
    /// <exception cref="ArgumentException">The path is empty, or an option is out of its range.</exception>
    /// <exception cref="NotSupportedException">The network is larger than 2 GB, the limit of the format.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveAsOnnx(string path, OnnxExportOptions? options = null) =>
        OnnxWriter.Write(path, Config, HeadScaling.Divide(Weights, Temperature), Preprocessing, LabelNames.Count > 0 ? LabelNames : null, options);

    /// <summary>
    /// The same model, computed by another engine; this one stays as it is. A loaded model is computed as the <see cref="MLContext"/> that loaded it says
    /// (<see cref="ConvNeXtEngine.Auto"/>, in float32).
    /// </summary>
    /// <param name="engine">Which engine.</param>
    /// <param name="precision">How it multiplies; the managed engine always in float32.</param>
    /// <param name="deviceIds">
    /// GPUs to share batches out over, each with a copy of the network; null for the one of the <see cref="MLContext"/>.
    /// </param>
    /// <param name="batchSize">Images that are scored together when a view is read, at least 1; on several GPUs all of them together. Null: as it was.</param>
    public ConvNeXtClassificationTransformer WithEngine(
        ConvNeXtEngine engine, ComputePrecision precision = ComputePrecision.Single, IReadOnlyList<int>? deviceIds = null, int? batchSize = null)
    {
        if (batchSize is { } images) Check.AtLeast(images, 1, nameof(batchSize));
        EngineChoice choice = CreateEngineChoice(_env, new EngineRequest(engine, precision, deviceIds));
        return new ConvNeXtClassificationTransformer(_env, Network.With(choice), _labels, _settings with { BatchSize = batchSize ?? _settings.BatchSize });
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _transformer.GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo(readable: Temperature == 1 ? ModelFile.FirstVersion : TemperatureVersion));
        ModelFile.Save(ctx, Network, description => description with
        {
            ImageColumn = _settings.ImageColumn,
            OutputColumns = [_settings.ScoreColumn, _settings.PredictedLabelColumn],
            ImageFolder = _settings.ImageFolder,
            BatchSize = _settings.BatchSize,
            Temperature = Temperature == 1 ? null : Temperature,
            LabelType = _labels?.TypeName,
            Labels = _labels is null ? null : [.. _labels.Names],
        });
    }

    // Found by ML.NET through reflection.
    private static ConvNeXtClassificationTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(GetVersionInfo(readable: ModelFile.FirstVersion));
        ModelDescription description = ModelFile.Load(ctx, outputColumns: 2, CreateEngineChoice(env, new EngineRequest()), out ImageNetwork network);
        LabelValues? labels = ModelFile.ParseLabels(description);
        var settings = new ConvNeXtClassifierSettings(
            description.ImageColumn,
            description.OutputColumns[0],
            description.OutputColumns[1],
            description.ImageFolder,
            description.BatchSize,
            description.Temperature ?? 1);
        return new ConvNeXtClassificationTransformer(env, network, labels, settings);
    }

    private static EngineChoice CreateEngineChoice(IHostEnvironment env, EngineRequest request) =>
        new(env.Register(nameof(ConvNeXtClassificationTransformer)), request);

    private static VersionInfo GetVersionInfo(uint readable) =>
        ModelFile.CreateVersionInfo(ModelSignature, LoaderSignature, written: TemperatureVersion, readable);

    private VectorOutput[] CreateOutputs(DataViewSchema input)
    {
        uint columnSet = ClassifierAnnotations.FindNextColumnSet(input);
        int classes = Network.Config.ClassCount;
        return
        [
            VectorOutput.Vector(_settings.ScoreColumn, classes, ClassifierAnnotations.ForScore(_labels, columnSet)),
            VectorOutput.ArgMax(_settings.PredictedLabelColumn, classes, ClassifierAnnotations.ForPredictedLabel(_labels, columnSet)),
        ];
    }
}

/// <summary>Columns and habits of a classifier as a transformer.</summary>
/// <param name="ImageColumn">Column with the images.</param>
/// <param name="ScoreColumn">Added column of probabilities.</param>
/// <param name="PredictedLabelColumn">Added column with the likeliest class.</param>
/// <param name="ImageFolder">What relative paths are relative to; null for the process's current folder.</param>
/// <param name="BatchSize">Images that are scored together when a view is read.</param>
/// <param name="Temperature">What logits are divided by before the softmax; 1 leaves them.</param>
internal sealed record ConvNeXtClassifierSettings(
    string ImageColumn, string ScoreColumn, string PredictedLabelColumn, string? ImageFolder, int BatchSize, double Temperature);
