using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Pretrained;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.Schema;
using ConvNeXt.MLNet.Scoring;
using ConvNeXt.MLNet.Scoring.Columns;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet;

/// <summary>
/// Computes image features, pooled or the feature map of a stage, as the input of other ML.NET trainers. Fit does not train anything: the network comes from
/// pretrained weights or from a trained classifier.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Estimator characteristics</term><description></description></listheader>
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description>Text (a path), vector of Byte (an encoded image) or MLImage</description></item>
/// <item><term>Output column data type</term><description>Known-sized vector of Single: [features], or [channels, height, width] for the feature map of a
/// stage</description></item>
/// <item><term>Exportable to ONNX</term><description>No</description></item>
/// </list>
/// Each pass over the data computes the features again. If the trainer makes several passes, add <c>AppendCacheCheckpoint</c> after this estimator.
/// </remarks>
public sealed class ConvNeXtFeaturizingEstimator : IEstimator<ConvNeXtFeaturizingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;
    private readonly CreatedOnce<ImageNetwork> _network;

    /// <summary>Options of the <see cref="ConvNeXtFeaturizingEstimator"/>.</summary>
    public sealed class Options
    {
        /// <summary>The name of the output column.</summary>
        public string OutputColumnName = "Features";

        /// <summary>The name of the image column: paths (text), encoded images (vector of Byte) or MLImage.</summary>
        public string InputColumnName = ColumnDefaults.Image;

        /// <summary>
        /// The features to compute: pooled, or the feature map of a stage, whose column type is a vector [channels, height, width]. An isotropic network has
        /// one stage.
        /// </summary>
        public FeatureLevel Output = FeatureLevel.Pooled;

        /// <summary>
        /// The name of a text output column with the reason why a row's image could not be read; empty if it was read. If null, there is no such column, and
        /// the reason is only logged.
        /// </summary>
        public string? ProblemColumnName;

        /// <summary>
        /// The folder that relative paths are relative to. A path that leads out of it is refused. If null, paths are relative to the
        /// current folder of the process, and files may be anywhere.
        /// </summary>
        public string? ImageRootFolder;

        /// <summary>
        /// How encoded images are decoded: orientation and transparency. If null, as by <see cref="Model"/>, or <see cref="ImageDecodingOptions.Default"/>.
        /// </summary>
        public ImageDecodingOptions? Decoding;

        /// <summary>
        /// The pretrained weights: a safetensors file or a PyTorch checkpoint with official, timm, torchvision or Hugging Face names, or a Hugging Face model
        /// id such as <c>timm/convnext_tiny.fb_in22k</c>, which is downloaded unless it is in the local cache. If null, and
        /// <see cref="Model"/>, too, the weights in this package (<see cref="ConvNeXtWeights.Packaged"/>).
        /// </summary>
        public string? Weights;

        /// <summary>
        /// Whether to load weights whose license excludes commercial use, such as the official ConvNeXt V2 weights (CC BY-NC 4.0). If false, they are rejected:
        /// by name, and any V2 network of exactly an official size with 1000 or 21841 classes.
        /// </summary>
        public bool AcceptNonCommercialLicense;

        /// <summary>The size of the network in <see cref="Weights"/>. If null, it is found out from the weights.</summary>
        public ConvNeXtVariant? Variant;

        /// <summary>
        /// The architecture of the network in <see cref="Weights"/>; <see cref="Variant"/> must be null. Its class count is taken from the weights. If null,
        /// <see cref="Variant"/> is used.
        /// </summary>
        public ConvNeXtConfig? Config;

        /// <summary>
        /// The height of the network's input in pixels, 32 to 4096, and its width unless <see cref="ImageWidth"/> is set. Not used with <see cref="Model"/>. The preprocessing is that of the published
        /// weights if their name is known (<see cref="PretrainedModels"/>), otherwise the official rule.
        /// </summary>
        public int ImageSize = 224;

        /// <summary>
        /// The width of the network's input in pixels, 32 to 4096, for images that are all wide or all tall. If null, it is <see cref="ImageSize"/>, and the
        /// input is a square. Not used with <see cref="Model"/>.
        /// </summary>
        public int? ImageWidth;

        /// <summary>A trained classifier. Its network and preprocessing are used instead of <see cref="Weights"/>.</summary>
        public ConvNeXtClassificationTransformer? Model;

        /// <summary>The number of images per batch when a data view is read, at least 1.</summary>
        public int BatchSize = 32;

        /// <summary>The number of threads for decoding and computing; 0 for all cores. It does not change the results.</summary>
        public int ThreadCount;

        /// <summary>The engine. By default, the GPU of the <see cref="MLContext"/> if one is set, otherwise the managed engine.</summary>
        public ConvNeXtEngine Engine = ConvNeXtEngine.Auto;

        /// <summary>The precision of the TorchSharp engine. The managed engine uses float32, or 8-bit products with <see cref="ComputePrecision.Int8"/>.</summary>
        public ComputePrecision Precision = ComputePrecision.Single;
    }

    internal ConvNeXtFeaturizingEstimator(IHostEnvironment env, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_env, _options) = (env, options);
        Check.ColumnName(options.OutputColumnName, nameof(options.OutputColumnName));
        Check.ColumnName(options.InputColumnName, nameof(options.InputColumnName));
        if (options.ProblemColumnName is not null) Check.ColumnName(options.ProblemColumnName, nameof(options.ProblemColumnName));
        Check.AtLeast(options.BatchSize, 1, nameof(options.BatchSize));
        Check.AtLeast(options.ThreadCount, 0, nameof(options.ThreadCount));
        if (options.Model is not null && options.Weights is not null)
            throw new ArgumentException("The featurizer needs one trained network: set Weights or Model, not both.", nameof(options.Weights));
        if (options.Weights == ConvNeXtWeights.None)
            throw new ArgumentException("The featurizer needs a trained network: features of random weights are of no use.", nameof(options.Weights));
        if (options is { Config: not null, Variant: not null })
            throw new ArgumentException("Options Variant and Config cannot both be set: each sets the network.", nameof(options.Variant));
        new EngineRequest(options.Engine, options.Precision).Check();
        if (FindConfig(options) is { } config)
        {
            NetworkChecks.Check(config);
            FeatureOutput.Check(config, options.Output);
        }
        _network = new CreatedOnce<ImageNetwork>(CreateNetwork);
    }

    /// <summary>Loads the network and creates the transformer. The data is not read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or does not contain images.</exception>
    /// <exception cref="FileNotFoundException">The weights file does not exist.</exception>
    /// <exception cref="NonCommercialLicenseException">The license of the weights excludes commercial use, and
    /// <see cref="Options.AcceptNonCommercialLicense"/> is not set.</exception>
    /// <exception cref="InvalidDataException">The weights file is damaged.</exception>
    /// <exception cref="WeightMismatchException">The weights belong to another network; the message says to which, or lists tensors.</exception>
    public ConvNeXtFeaturizingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ImageColumn.Find(input.Schema, _options.InputColumnName);
        var settings = new FeaturizerSettings(
            _options.InputColumnName, _options.OutputColumnName, _options.Output, _options.ImageRootFolder, _options.BatchSize,
            _options.Decoding ?? _options.Model?.Decoding ?? ImageDecodingOptions.Default, _options.ProblemColumnName);
        return new ConvNeXtFeaturizingTransformer(_env, _network.Value.Share(), settings);
    }

    /// <summary>Returns the input schema with the feature column, and the problem column if there is one, added.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or does not contain images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ImageColumn.Check(inputSchema, _options.InputColumnName);
        var features = new SchemaShape.Column(_options.OutputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false);
        return _options.ProblemColumnName is { } problem
            ? SchemaShapes.With(inputSchema, features, SchemaShapes.Text(problem))
            : SchemaShapes.With(inputSchema, features);
    }

    /// <summary>Returns the network that the options set; null for the one that the weights show.</summary>
    private static ConvNeXtConfig? FindConfig(Options options) =>
        options.Model?.Config ?? options.Config ?? (options.Variant is { } variant ? ConvNeXtArchitectures.Get(variant) : null);

    private ImageNetwork CreateNetwork()
    {
        IHost host = _env.Register(nameof(ConvNeXtFeaturizingEstimator));
        var request = new EngineRequest(_options.Engine, _options.Precision);
        if (_options.Model?.Network is { } trained)
        {
            return trained.ThreadCount == _options.ThreadCount && request == new EngineRequest() // share the engine of the classifier
                ? trained.Share()
                : new ImageNetwork(trained.Config, trained.Preprocessing, trained.Weights, _options.ThreadCount, new EngineChoice(host, request));
        }
        int height = _options.ImageSize, width = _options.ImageWidth ?? height;
        ImagePreprocessing preprocessing = ImagePreprocessing.ForSize(height, width);
        preprocessing.Validate();
        string source = _options.Weights ?? ConvNeXtWeights.Packaged;
        if (PretrainedModels.Identify(source) is { } published) preprocessing = published.PreprocessingAt(height, width);
        using IChannel channel = host.Start("Weights");
        LoadedWeights loaded = new WeightsLoader(host, channel, _options.AcceptNonCommercialLicense).Load(source, FindConfig(_options));
        FeatureOutput.Check(loaded.Config, _options.Output);
        return new ImageNetwork(loaded.Config, preprocessing, loaded.Weights, _options.ThreadCount, new EngineChoice(host, request));
    }
}
