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
using ConvNeXt.MLNet.Weights;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet;

/// <summary>
/// Adds a column with the features of an image, pooled or the map of a stage, for any ML.NET trainer downstream. Nothing is learned when it is fitted: the
/// network comes from a weights file or from a trained classifier.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Estimator characteristics</term><description></description></listheader>
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description>Text (a path), vector of Byte (an encoded image) or MLImage</description></item>
/// <item><term>Output column data type</term><description>Vector of Single of known size: the width of the network's last stage, or
/// channels, height and width of a stage's feature map</description></item>
/// <item><term>Exportable to ONNX</term><description>No</description></item>
/// </list>
/// A trainer that reads its data many times wants <c>AppendCacheCheckpoint</c> after this estimator, because every reading computes the features anew.
/// </remarks>
public sealed class ConvNeXtFeaturizingEstimator : IEstimator<ConvNeXtFeaturizingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly Options _options;
    private readonly Lazy<ImageNetwork> _network;

    /// <summary>Settings of the featurizer.</summary>
    public sealed class Options
    {
        /// <summary>Column that is added.</summary>
        public string OutputColumnName = "Features";

        /// <summary>Column with the images: paths (text), encoded images (vector of Byte) or MLImage.</summary>
        public string InputColumnName = ColumnDefaults.Image;

        /// <summary>
        /// What of the network the column holds: pooled features, or the feature map of a stage as a vector [channels, height, width] whose type has these
        /// dimensions. An isotropic network has one stage.
        /// </summary>
        public FeatureLevel Output = FeatureLevel.Pooled;

        /// <summary>What relative paths are relative to; null for the process's current folder.</summary>
        public string? ImageRootFolder;

        /// <summary>
        /// The trained weights: a safetensors file or a PyTorch checkpoint, with official, timm, torchvision or Hugging Face names; or a model id of the
        /// Hugging Face hub such as <c>timm/convnext_tiny.fb_in22k</c>, which is downloaded unless it is in the hub's cache. Needed where
        /// <see cref="Model"/> is null.
        /// </summary>
        public string? Weights;

        /// <summary>
        /// Whether weights whose licence excludes commercial use may be loaded, as those of the official ConvNeXt V2 (CC BY-NC 4.0). False refuses them:
        /// by their name, and any V2 network of exactly an official size with 1000 or 21841 classes.
        /// </summary>
        public bool AcceptNonCommercialLicense;

        /// <summary>Size of the network in <see cref="Weights"/>.</summary>
        public ConvNeXtVariant Variant = ConvNeXtVariant.Tiny;

        /// <summary>
        /// The network in <see cref="Weights"/> where it is none of the named sizes; its class count is taken from the file. Null: <see cref="Variant"/> says
        /// it.
        /// </summary>
        public ConvNeXtConfig? Config;

        /// <summary>
        /// Width and height of the network's input in pixels, 32 to 4096. Not used with <see cref="Model"/>. Images are prepared as published weights that
        /// are known by their name want it (<see cref="PretrainedModels"/>), else by the official rule.
        /// </summary>
        public int ImageSize = 224;

        /// <summary>A trained classifier whose network and preprocessing are used instead of <see cref="Weights"/>.</summary>
        public ConvNeXtClassificationTransformer? Model;

        /// <summary>Images that are computed together when a view is read, at least 1.</summary>
        public int BatchSize = 32;

        /// <summary>Threads that compute and decode; 0 for all cores. Results do not depend on it.</summary>
        public int ThreadCount;

        /// <summary>What computes: by default the GPU of the <see cref="MLContext"/> where one is set, else the managed engine.</summary>
        public ConvNeXtEngine Engine = ConvNeXtEngine.Auto;

        /// <summary>How a TorchSharp engine multiplies; the managed engine always in float32.</summary>
        public ComputePrecision Precision = ComputePrecision.Single;
    }

    internal ConvNeXtFeaturizingEstimator(IHostEnvironment env, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_env, _options) = (env, options);
        Check.ColumnName(options.OutputColumnName, nameof(options.OutputColumnName));
        Check.ColumnName(options.InputColumnName, nameof(options.InputColumnName));
        Check.AtLeast(options.BatchSize, 1, nameof(options.BatchSize));
        Check.AtLeast(options.ThreadCount, 0, nameof(options.ThreadCount));
        if ((options.Model is null) == (options.Weights is null))
            throw new ArgumentException(
                "The featurizer needs one trained network: set either Weights (a file) or Model (a trained classifier).", nameof(options));
        new EngineRequest(options.Engine, options.Precision).Check();
        ConvNeXtConfig config = FindConfig(options);
        NetworkChecks.Check(config);
        FeatureOutput.Check(config, options.Output);
        _network = new Lazy<ImageNetwork>(CreateNetwork);
    }

    /// <summary>Makes the transformer; the data are not read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no images.</exception>
    /// <exception cref="FileNotFoundException">The weights file does not exist.</exception>
    /// <exception cref="NonCommercialLicenseException">The weights exclude commercial use, and <see cref="Options.AcceptNonCommercialLicense"/> is not
    /// set.</exception>
    /// <exception cref="InvalidDataException">The weights file is damaged.</exception>
    /// <exception cref="WeightMismatchException">The weights are of another network; the message names the tensors.</exception>
    public ConvNeXtFeaturizingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ImageColumn.Find(input.Schema, _options.InputColumnName);
        var settings = new FeaturizerSettings(
            _options.InputColumnName, _options.OutputColumnName, _options.Output, _options.ImageRootFolder, _options.BatchSize);
        return new ConvNeXtFeaturizingTransformer(_env, _network.Value, settings);
    }

    /// <summary>The input's columns, then the features.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no images.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ImageColumn.Check(inputSchema, _options.InputColumnName);
        var features = new SchemaShape.Column(_options.OutputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false);
        return SchemaShapes.With(inputSchema, features);
    }

    private static ConvNeXtConfig FindConfig(Options options) => options.Model?.Config ?? options.Config ?? ConvNeXtArchitectures.Get(options.Variant);

    private ImageNetwork CreateNetwork()
    {
        IHost host = _env.Register(nameof(ConvNeXtFeaturizingEstimator));
        var request = new EngineRequest(_options.Engine, _options.Precision);
        if (_options.Model?.Network is { } trained)
        {
            return trained.ThreadCount == _options.ThreadCount && request == new EngineRequest() // then one engine serves both
                ? trained
                : new ImageNetwork(trained.Config, trained.Preprocessing, trained.Weights, _options.ThreadCount, new EngineChoice(host, request));
        }
        ImagePreprocessing preprocessing = ImagePreprocessing.ForSize(_options.ImageSize);
        preprocessing.Validate();
        if (PretrainedModels.Identify(_options.Weights!) is { } published) preprocessing = published.PreprocessingAt(_options.ImageSize);
        ConvNeXtConfig config = FindConfig(_options);
        using IChannel channel = host.Start("Weights");
        var (weights, classCount, path) = new WeightsLoader(host, channel, _options.AcceptNonCommercialLicense).Load(_options.Weights!, config);
        config = config with { ClassCount = classCount };
        WeightCheck.Require(config, weights, path);
        return new ImageNetwork(config, preprocessing, weights, _options.ThreadCount, new EngineChoice(host, request));
    }
}
