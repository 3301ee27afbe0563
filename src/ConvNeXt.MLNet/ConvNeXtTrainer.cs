using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Pretrained;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Schema;
using ConvNeXt.MLNet.Training;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet;

/// <summary>
/// Trains a ConvNeXt image classifier ("A ConvNet for the 2020s", Liu et al. 2022): the whole network, from scratch or from pretrained weights.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Trainer characteristics</term><description></description></listheader>
/// <item><term>Machine learning task</term><description>Multiclass classification</description></item>
/// <item><term>Input label column data type</term><description>Key; its count is the number of classes, at least two</description></item>
/// <item><term>Input image column data type</term><description>Text (a path), vector of Byte (an encoded image) or MLImage</description></item>
/// <item><term>Output column data types</term><description>Score: vector of Single, the probability of each class. PredictedLabel: key with the labels as
/// values</description></item>
/// <item><term>Is normalization required?</term><description>No; resizing, cropping and normalization are part of the model</description></item>
/// <item><term>Is caching required?</term><description>No; the data are read once. Paths are read anew in each epoch, bytes and pixels go to a file in
/// <see cref="MLContext.TempFilePath"/></description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>ConvNeXt.MLNet (and Microsoft.ML.ImageAnalytics, which
/// decodes)</description></item>
/// <item><term>Exportable to ONNX</term><description>Yes, by <see cref="ConvNeXtClassificationTransformer.SaveAsOnnx"/></description></item>
/// </list>
/// The same seed gives the same model, bit for bit, on any number of threads of the managed engine.
/// </remarks>
public sealed partial class ConvNeXtTrainer : IEstimator<ConvNeXtClassificationTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly IHost _host;
    private readonly Options _options;
    private readonly EngineChoice _engine;

    internal ConvNeXtTrainer(IHostEnvironment env, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_env, _host, _options) = (env, env.Register(nameof(ConvNeXtTrainer)), options);
        Check.ColumnName(options.LabelColumnName, nameof(options.LabelColumnName));
        Check.ColumnName(options.ImageColumnName, nameof(options.ImageColumnName));
        Check.ColumnName(options.ScoreColumnName, nameof(options.ScoreColumnName));
        Check.ColumnName(options.PredictedLabelColumnName, nameof(options.PredictedLabelColumnName));
        Check.Holds(options.ValidationSetFraction is null or (> 0 and < 1), options.ValidationSetFraction, nameof(options.ValidationSetFraction), "above 0 and below 1, or null");
        Check.AtLeast(options.ScoreBatchSize, 1, nameof(options.ScoreBatchSize));
        options.CheckTraining();
        _engine = new EngineChoice(_host, new EngineRequest(options.Engine, options.Precision));
        options.Checkpoints?.Validate();
        NetworkChecks.Check(CreateConfig(options, classCount: 2));
        CheckStart(options);
    }

    /// <summary>
    /// Trains a model. Cancelling the <see cref="MLContext"/> or <see cref="Options.CancellationToken"/> ends training within a batch: the model then has the
    /// best weights so far, those of the best epoch that was measured or else the current ones, and the log has a warning.
    /// </summary>
    /// <param name="input">Labelled images.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label column is missing or no key with two classes or more, or the image column is missing or holds
    /// no images.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, rows of one class only, or a validation label that the training data do not
    /// have.</exception>
    /// <exception cref="UnreadableImageException">An image cannot be read; the message names its file or row. With
    /// <see cref="TrainingOptions.SkipUnreadableImages"/> such images are left out and each is named in the log.</exception>
    /// <exception cref="ArgumentException"><see cref="Options.HeadIndices"/> are not one for each class, or one is out of the range of the pretrained
    /// head; or there is not exactly one ConvNeXt classifier in <see cref="Options.InitialModel"/>.</exception>
    /// <exception cref="FileNotFoundException">The weights file does not exist.</exception>
    /// <exception cref="NonCommercialLicenseException">The weights exclude commercial use, and <see cref="Options.AcceptNonCommercialLicense"/> is not
    /// set.</exception>
    /// <exception cref="InvalidDataException">The weights file, or the checkpoint, is damaged.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint is of a run with other options, another network or other data; the message says what
    /// differs.</exception>
    /// <exception cref="IOException">No checkpoint can be written, or <see cref="TrainingOptions.MetricsFile"/> cannot be.</exception>
    /// <exception cref="TrainingDivergedException">The loss is no longer finite.</exception>
    /// <exception cref="WeightMismatchException">The weights are of another network; the message names the tensors.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled before its first step.</exception>
    /// <exception cref="EngineUnavailableException">The GPU of the <see cref="MLContext"/> or the engine of the options cannot be used; the message says
    /// why.</exception>
    public ConvNeXtClassificationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        LabelColumn label = LabelColumn.Find(input.Schema, _options.LabelColumnName);
        DataViewSchema.Column image = ImageColumn.Find(input.Schema, _options.ImageColumnName);
        using IChannel channel = _host.Start("Training");

        using var stores = new ImageStores((_host as IHostEnvironmentInternal)?.TempFilePath ?? Path.GetTempPath());
        PreparedTraining prepared = Prepare(input, label, image, stores, channel);
        TrainingResult result = Train(prepared, channel);
        var network = new ImageNetwork(prepared.Config, result.Preprocessing, result.Weights, prepared.Training.ComputeThreads, _engine);
        var settings = new ConvNeXtClassifierSettings(
            _options.ImageColumnName, _options.ScoreColumnName, _options.PredictedLabelColumnName, _options.ImageRootFolder, _options.ScoreBatchSize,
            result.Calibration?.Temperature ?? 1);
        return new ConvNeXtClassificationTransformer(_env, network, label.Values, settings);
    }

    /// <summary>The input's columns, then Score and PredictedLabel.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The label column is missing or no key, or the image column is missing or holds no images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column label = LabelColumn.Check(inputSchema, _options.LabelColumnName);
        ImageColumn.Check(inputSchema, _options.ImageColumnName);
        return SchemaShapes.With(
            inputSchema,
            ClassifierAnnotations.ShapeOfScore(_options.ScoreColumnName, label),
            ClassifierAnnotations.ShapeOfPredictedLabel(_options.PredictedLabelColumnName, label));
    }

    private ScoringEngineFactory CreateScoringEngine(TrainingOptions training) =>
        (config, weights) => _engine.CreateScoringEngine(config, weights, training.ComputeThreads);

    private TrainingResult Train(PreparedTraining prepared, IChannel channel)
    {
        using var report = new TrainingReport(_host, channel);
        bool isResumed = false;
        var callbacks = new TrainingCallbacks
        {
            Planned = report.Plan,
            Resumed = note =>
            {
                isResumed = true;
                channel.Info(MessageSensitivity.UserData, "{0}", note);
            },
            Step = progress =>
            {
                report.Step(progress);
                _options.ProgressCallback?.Invoke(progress);
            },
            Epoch = epoch =>
            {
                report.Epoch(epoch);
                _options.MetricsCallback?.Invoke(epoch);
            },
            CheckAlive = _host.CheckAlive,
        };
        var session = new TrainingSession(prepared.Config, prepared.Weights, prepared.Training, prepared.Images, prepared.Validation, _engine.CreateTrainingEngine)
        {
            CreateScoringEngine = CreateScoringEngine(prepared.Training),
            Checkpoints = _options.Checkpoints,
        };
        TrainingResult result = session.Run(callbacks, _options.CancellationToken);
        report.Unreadable(result.UnreadableImages);
        report.Calibrated(result.Calibration);
        if (!result.Cancelled) return result;
        if (report.Steps == 0 && !isResumed) throw new OperationCanceledException("Training was cancelled before its first step; there is no model.");
        channel.Warning(
            MessageSensitivity.None,
            "Training was cancelled after {0} of {1} epochs; the model has {2}.",
            result.Epochs.Length,
            prepared.Training.Epochs,
            result.BestEpoch is { } best ? $"the weights of epoch {best.Epoch}, the best so far" : "the current weights");
        return result;
    }
}
