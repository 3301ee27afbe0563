using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Checkpoints;
using ConvNeXt.Backbone.Training.Distributed;
using ConvNeXt.Backbone.Training.Loop;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Pretrained;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.ModelFiles;
using ConvNeXt.MLNet.Schema;
using ConvNeXt.MLNet.Training;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace ConvNeXt.MLNet;

/// <summary>
/// Trains all layers of a ConvNeXt image classifier ("A ConvNet for the 2020s", Liu et al. 2022), from scratch or from pretrained weights.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Trainer characteristics</term><description></description></listheader>
/// <item><term>Machine learning task</term><description>Multiclass classification</description></item>
/// <item><term>Input label column data type</term><description>Text, or a key, whose count is the number of classes; at least two classes</description></item>
/// <item><term>Input image column data type</term><description>Text (a path), vector of Byte (an encoded image) or MLImage</description></item>
/// <item><term>Output column data types</term><description>Score: vector of Single, the probability of each class. PredictedLabel: key whose values are the
/// labels. Label, if it is text: key with the same values</description></item>
/// <item><term>Is normalization required?</term><description>No; resizing, cropping and normalization are part of the model</description></item>
/// <item><term>Is caching required?</term><description>No; the data is read once (a text label twice). Image files are read again in each epoch; bytes and pixels are kept in a
/// temporary file in <see cref="MLContext.TempFilePath"/></description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>ConvNeXt.MLNet (and Microsoft.ML.ImageAnalytics, for
/// decoding)</description></item>
/// <item><term>Exportable to ONNX</term><description>Yes, with <see cref="ConvNeXtClassificationTransformer.SaveAsOnnx"/></description></item>
/// </list>
/// With the managed engine, the same seed produces the same model, bit for bit, for any number of threads.
/// </remarks>
public sealed partial class ConvNeXtTrainer : ITrainerEstimator<ConvNeXtClassificationTransformer, WeightSet>
{
    private readonly IHostEnvironment _env;
    private readonly IHost _host;
    private readonly Options _options;
    private readonly Recipe _recipe;
    private readonly EngineChoice _engine;
    private int _fits;

    internal ConvNeXtTrainer(IHostEnvironment env, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_env, _host, _options) = (env, env.Register(nameof(ConvNeXtTrainer)), options);
        Check.ColumnName(options.LabelColumnName, nameof(options.LabelColumnName));
        Check.ColumnName(options.ImageColumnName, nameof(options.ImageColumnName));
        Check.ColumnName(options.ScoreColumnName, nameof(options.ScoreColumnName));
        Check.ColumnName(options.PredictedLabelColumnName, nameof(options.PredictedLabelColumnName));
        if (options.ProblemColumnName is not null) Check.ColumnName(options.ProblemColumnName, nameof(options.ProblemColumnName));
        Check.Holds(options.ValidationSetFraction is null or (> 0 and < 1), options.ValidationSetFraction, nameof(options.ValidationSetFraction), "above 0 and below 1, or null");
        Check.AtLeast(options.ScoreBatchSize, 1, nameof(options.ScoreBatchSize));
        if (options.WeightsLicense is { } license) StoredLicense.Check(license, nameof(options.WeightsLicense));
        TrainingStarts.Check(options);
        _recipe = options.Recipe ?? RecipeChoice.Choose(TrainingStarts.Find(options));
        _recipe.Validate();
        OptionOverrides.Check(options, _recipe);
        OptionOverrides.Apply(options, _recipe).Validate();
        var request = new EngineRequest(options.Engine, options.Precision);
        request.CheckForTraining();
        _engine = new EngineChoice(_host, request);
        options.Checkpoints?.Validate();
        options.Distributed?.Validate();
        if (TrainingStarts.FindConfig(options) is { } config) NetworkChecks.Check(config with { ClassCount = 2 });
        TeacherModel.Check(options);
    }

    /// <summary>What the trainer needs and supports, for ML.NET: no normalization, no caching, a validation set by options only.</summary>
    public TrainerInfo Info { get; } = new(normalization: false, calibration: false, caching: false);

    /// <summary>
    /// Trains a model. Canceling <see cref="Options.CancellationToken"/> ends training within a batch: the model then has the weights of the best evaluated
    /// epoch, or the current ones if no epoch was evaluated, and a warning is logged.
    /// </summary>
    /// <param name="input">The labeled images.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label column is missing, or is neither text nor a key with at least two classes, or the image
    /// column is missing or does not contain images.</exception>
    /// <exception cref="InvalidOperationException">There are no labeled rows, all rows have the same label, or the validation set is empty or has a label that
    /// is not in the training data. With <see cref="Options.Distributed"/>: the ranks differ in options, data, weights or version, or MPI is missing.</exception>
    /// <exception cref="TimeoutException">With <see cref="Options.Distributed"/>: another rank was silent for too long.</exception>
    /// <exception cref="UnreadableImageException">An image cannot be read; the message names the file or row. With
    /// <see cref="Options.SkipUnreadableImages"/>, such images are skipped and logged.</exception>
    /// <exception cref="ArgumentException"><see cref="Options.HeadIndices"/> does not have one index per class, an index is out of range of the pretrained
    /// head, <see cref="Options.InitialModel"/> does not contain exactly one ConvNeXt classifier, or <see cref="Options.Teacher"/> has other labels than the
    /// data or does not fit in another way.</exception>
    /// <exception cref="FileNotFoundException">The weights file does not exist.</exception>
    /// <exception cref="NonCommercialLicenseException">The license of the weights excludes commercial use, and
    /// <see cref="Options.AcceptNonCommercialLicense"/> is not set.</exception>
    /// <exception cref="InvalidDataException">The weights file or the checkpoint is damaged.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint belongs to a run with other options, another network or other data; the message lists the
    /// differences.</exception>
    /// <exception cref="IOException">A checkpoint or <see cref="Options.MetricsFile"/> cannot be written at the start. If that happens later, the log has
    /// a warning, and training continues.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not finite.</exception>
    /// <exception cref="WeightMismatchException">The weights belong to another network; the message says to which, or lists tensors.</exception>
    /// <exception cref="OperationCanceledException">Training was canceled before its first step.</exception>
    /// <exception cref="EngineUnavailableException">The GPU of the <see cref="MLContext"/> or the engine of the options is not available; the message says
    /// why.</exception>
    public ConvNeXtClassificationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        IRankGroup ranks = _options.Distributed?.Join() ?? SingleRank.Instance;
        try
        {
            return FitAsRank(input, ranks);
        }
        catch (Exception e) when (!TrainingSession.IsAgreed(e))
        {
            ranks.Fail(e);
            throw;
        }
    }

    /// <summary>Returns the input schema with Score and PredictedLabel added, and a text label replaced with a key.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The label column is missing or is neither text nor a key, or the image column is missing or does not contain
    /// images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column label = LabelColumn.Check(inputSchema, _options.LabelColumnName);
        ImageColumn.Check(inputSchema, _options.ImageColumnName);
        SchemaShape output = SchemaShapes.With(
            inputSchema,
            ClassifierAnnotations.ShapeOfScore(_options.ScoreColumnName, label),
            ClassifierAnnotations.ShapeOfPredictedLabel(_options.PredictedLabelColumnName, label));
        if (!label.IsKey) output = SchemaShapes.With(output, ClassifierAnnotations.ShapeOfMappedLabel(label));
        return _options.ProblemColumnName is { } problem ? SchemaShapes.With(output, SchemaShapes.Text(problem)) : output;
    }

    private ConvNeXtClassificationTransformer FitAsRank(IDataView input, IRankGroup ranks)
    {
        DataViewSchema.Column image = ImageColumn.Find(input.Schema, _options.ImageColumnName);
        LabelColumn label = LabelColumn.Find(input, _options.LabelColumnName, _host.CheckAlive);
        using IChannel channel = _host.Start("Training");
        int fit = Interlocked.Increment(ref _fits);
        bool isComplete = false;
        try
        {
            string temporary = (_host as IHostEnvironmentInternal)?.TempFilePath ?? Path.GetTempPath();
            using var stores = new ImageStores(temporary, _options.DecodingToUse, CreateWarn(channel, ranks));
            PreparedTraining prepared = Prepare(input, label, image, stores, channel, fit, ranks);
            CropWarning.Write(channel, prepared.Images, prepared.Training);
            TrainingResult result = Train(prepared, channel, ranks);
            isComplete = !result.Cancelled;
            return CreateModel(prepared, result, label);
        }
        finally
        {
            // A run that failed or was canceled is continued by the next call, in the same files.
            if (!isComplete) Interlocked.CompareExchange(ref _fits, fit - 1, fit);
        }
    }

    private ConvNeXtClassificationTransformer CreateModel(PreparedTraining prepared, TrainingResult result, LabelColumn label)
    {
        var network = new ImageNetwork(prepared.Config, result.Preprocessing, result.Weights, prepared.Training.ComputeThreads, _engine);
        var settings = new ConvNeXtClassifierSettings(
            _options.ImageColumnName, _options.ScoreColumnName, _options.PredictedLabelColumnName, _options.ImageRootFolder, _options.ScoreBatchSize,
            result.Calibration?.Temperature ?? 1, _options.DecodingToUse, _options.ProblemColumnName, label.IsText ? _options.LabelColumnName : null,
            WeightsLicense: _options.WeightsLicense ?? prepared.WeightsLicense);
        ConvNeXtTrainingInfo info = prepared.Info with { Engine = _engine.Description };
        return new ConvNeXtClassificationTransformer(_env, network, label.Values, settings) { TrainingInfo = info };
    }

    private ScoringEngineFactory CreateScoringEngine(TrainingOptions training) =>
        (config, weights) => _engine.CreateScoringEngine(config, weights, training.ComputeThreads);

    private static Action<string> CreateWarn(IChannel channel, IRankGroup? ranks = null)
    {
        string prefix = ranks is null or { Size: 1 } ? "" : $"Rank {ranks.Rank}: ";
        return message => channel.Warning(MessageSensitivity.UserData, "{0}", prefix + message);
    }

    private TrainingResult Train(PreparedTraining prepared, IChannel channel, IRankGroup ranks)
    {
        using var report = new TrainingReport(_host, channel) { IsSilent = ranks.Rank > 0 };
        report.Start(prepared.Info, ranks.Size);
        bool isResumed = false;
        var callbacks = new TrainingCallbacks
        {
            Planned = bytes => report.Plan(bytes, _engine.Description),
            Resumed = note =>
            {
                isResumed = true;
                if (ranks.Rank == 0) channel.Info(MessageSensitivity.UserData, "{0}", note);
            },
            HeadSolved = (accuracy, logLoss) => report.HeadSolved(accuracy, logLoss, prepared.Images.Count),
            Step = progress =>
            {
                report.Step(progress);
                if (ranks.Rank == 0) _options.ProgressCallback?.Invoke(progress);
            },
            Epoch = epoch =>
            {
                report.Epoch(epoch);
                if (ranks.Rank == 0) _options.MetricsCallback?.Invoke(epoch);
            },
            Warning = CreateWarn(channel, ranks),
            CheckAlive = _host.CheckAlive,
        };
        var session = new TrainingSession(prepared.Config, prepared.Weights, prepared.Training, prepared.Images, prepared.Validation, _engine.CreateTrainingEngine, prepared.Teacher)
        {
            CreateScoringEngine = CreateScoringEngine(prepared.Training),
            Ranks = ranks,
            PeerTimeout = (_options.Distributed ?? new DistributedTraining()).PeerTimeout,
            Checkpoints = prepared.Checkpoints,
            FindAvailableMemory = _engine.IsManaged ? MemoryCheck.FindAvailable : null,
        };
        TrainingResult result = session.Run(callbacks, _options.CancellationToken);
        report.Unreadable(result.UnreadableImages);
        report.Calibrated(result.Calibration);
        report.Accuracy(result, prepared.Validation?.Count ?? 0, prepared.Training);
        if (!result.Cancelled) return result;
        if (report.Steps == 0 && !isResumed) throw new OperationCanceledException("Training was canceled before its first step; there is no model.");
        channel.Warning(
            MessageSensitivity.None,
            "Training was canceled after {0} epochs; the model has {1}.",
            result.Epochs.Length,
            result.BestEpoch is { } best ? $"the weights of epoch {best.Epoch}, the best so far" : "the current weights");
        return result;
    }
}
