using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Pixels;
using ConvNeXt.MLNet.Schema;
using ConvNeXt.MLNet.Weights;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Extension methods that add ConvNeXt to the trainers and transforms of an <see cref="MLContext"/>.</summary>
public static class ConvNeXtCatalog
{
    /// <summary>
    /// Creates a <see cref="ConvNeXtTrainer"/>, which trains all layers of a ConvNeXt image classifier, from scratch or from pretrained weights.
    /// </summary>
    /// <param name="catalog">The multiclass classification trainers.</param>
    /// <param name="labelColumnName">The name of the label column: text, or a key, whose count is the number of classes.</param>
    /// <param name="imageColumnName">The name of the image column: paths (text), encoded images (vector of Byte) or MLImage.</param>
    /// <param name="scoreColumnName">The name of the output column with the probability of each class.</param>
    /// <param name="predictedLabelColumnName">The name of the output column with the most likely label.</param>
    /// <param name="validationSet">The data to evaluate after each epoch. If null, a tenth of each class of the training data is held out.</param>
    /// <param name="variant">The size of the network. If null, that of the weights.</param>
    /// <param name="weights">The pretrained weights: a safetensors file, a PyTorch checkpoint, or a Hugging Face model id such as
    /// <c>timm/convnext_tiny.fb_in22k</c>. If null, the weights in this package, ConvNeXt Atto; another <paramref name="variant"/> is then trained from scratch,
    /// as is any with <see cref="ConvNeXtWeights.None"/>.</param>
    /// <returns>The trainer. All other settings are in the overload with options.</returns>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static ConvNeXtTrainer ConvNeXt(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = ColumnDefaults.Label,
        string imageColumnName = ColumnDefaults.Image,
        string scoreColumnName = ColumnDefaults.Score,
        string predictedLabelColumnName = ColumnDefaults.PredictedLabel,
        IDataView? validationSet = null,
        ConvNeXtVariant? variant = null,
        string? weights = null) => catalog.ConvNeXt(new ConvNeXtTrainer.Options
        {
            LabelColumnName = labelColumnName,
            ImageColumnName = imageColumnName,
            ScoreColumnName = scoreColumnName,
            PredictedLabelColumnName = predictedLabelColumnName,
            ValidationSet = validationSet,
            Variant = variant,
            Weights = weights,
        });

    /// <summary>Creates a <see cref="ConvNeXtTrainer"/> with advanced options.</summary>
    /// <param name="catalog">The multiclass classification trainers.</param>
    /// <param name="options">The trainer options.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public static ConvNeXtTrainer ConvNeXt(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, ConvNeXtTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ConvNeXtTrainer(catalog.GetEnvironment(), options);
    }

    /// <summary>Creates a <see cref="ConvNeXtFeaturizingEstimator"/>, which computes image features with a pretrained ConvNeXt.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">The name of the output column.</param>
    /// <param name="inputColumnName">The name of the image column: paths (text), encoded images (vector of Byte) or MLImage.</param>
    /// <param name="weights">The pretrained weights: a safetensors file, a PyTorch checkpoint, or a Hugging Face model id such as
    /// <c>timm/convnext_tiny.fb_in22k</c>. If null, the weights in this package.</param>
    /// <param name="variant">The size of the network in <paramref name="weights"/>. If null, it is found out from the weights.</param>
    /// <param name="imageSize">The width and height of the network's input in pixels, 32 to 4096.</param>
    /// <param name="output">The features to compute: pooled, or the feature map of a stage as a vector [channels, height, width].</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static ConvNeXtFeaturizingEstimator ConvNeXtFeaturizer(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName,
        string? weights = null,
        ConvNeXtVariant? variant = null,
        int imageSize = 224,
        FeatureLevel output = FeatureLevel.Pooled) =>
        catalog.ConvNeXtFeaturizer(new ConvNeXtFeaturizingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Weights = weights,
            Variant = variant,
            ImageSize = imageSize,
            Output = output,
        });

    /// <summary>Creates a <see cref="ConvNeXtFeaturizingEstimator"/>, which computes image features with the network of a trained classifier.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">The name of the output column.</param>
    /// <param name="inputColumnName">The name of the image column: paths (text), encoded images (vector of Byte) or MLImage.</param>
    /// <param name="model">The trained classifier.</param>
    /// <param name="output">The features to compute: pooled, or the feature map of a stage as a vector [channels, height, width].</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static ConvNeXtFeaturizingEstimator ConvNeXtFeaturizer(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName,
        ConvNeXtClassificationTransformer model,
        FeatureLevel output = FeatureLevel.Pooled) =>
        catalog.ConvNeXtFeaturizer(new ConvNeXtFeaturizingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Model = model,
            Output = output,
        });

    /// <summary>Creates a <see cref="ConvNeXtFeaturizingEstimator"/> with advanced options.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="options">The featurizer options.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public static ConvNeXtFeaturizingEstimator ConvNeXtFeaturizer(this TransformsCatalog catalog, ConvNeXtFeaturizingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ConvNeXtFeaturizingEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// Creates an estimator that prepares images as the input of a network exported by <see cref="ConvNeXtClassificationTransformer.SaveAsOnnx"/>, for
    /// ApplyOnnxModel or another runtime. The output is a vector of Single [3, height, width]: planes R, G, B, values from 0 to 255, resized and cropped exactly
    /// as by the model. If an image cannot be read, its row gets NaN and a warning is logged.
    /// </summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">The name of the output column. ApplyOnnxModel needs the name of the network's input, "images".</param>
    /// <param name="inputColumnName">The name of the image column: paths (text), encoded images (vector of Byte) or MLImage.</param>
    /// <param name="preprocessing">The preprocessing of the model: <see cref="ConvNeXtClassificationTransformer.Preprocessing"/>.</param>
    /// <param name="imageRootFolder">
    /// The folder that relative paths are relative to and that no path may lead out of. If null, the current folder of the process, and files may be anywhere.
    /// </param>
    /// <param name="decoding">
    /// How the model decodes: <see cref="ConvNeXtClassificationTransformer.Decoding"/>. If null, <see cref="ImageDecodingOptions.Default"/>, the default of new
    /// models.
    /// </param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static IEstimator<ITransformer> ConvNeXtPixels(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName,
        ImagePreprocessing preprocessing,
        string? imageRootFolder = null,
        ImageDecodingOptions? decoding = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(preprocessing);
        decoding ??= ImageDecodingOptions.Default;
        var settings = new PixelsSettings(
            outputColumnName, inputColumnName, preprocessing, imageRootFolder, decoding == ImageDecodingOptions.Earliest ? null : decoding);
        return new PixelsEstimator(catalog.GetEnvironment(), settings);
    }

    /// <summary>
    /// Returns the ConvNeXt classifier of a model, which may be a chain such as <c>mlContext.Model.Load</c> returns. It has members that a chain has not:
    /// labels, SaveAsOnnx, WithEngine.
    /// </summary>
    /// <param name="model">A classifier, or a chain that contains one.</param>
    /// <exception cref="ArgumentException">The model contains no ConvNeXt classifier, or more than one.</exception>
    public static ConvNeXtClassificationTransformer GetConvNeXtClassifier(this ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return InitialModel.Find(model, nameof(model));
    }

    /// <summary>
    /// Prints what ConvNeXt components log: the settings of a training run, a line for each epoch (in long epochs one every ten seconds), downloads, and all
    /// warnings. Without this call, or a handler of <see cref="MLContext.Log"/>, training prints nothing.
    /// </summary>
    /// <param name="context">The context.</param>
    /// <param name="writer">Where to print. If null, the console.</param>
    /// <returns>The context.</returns>
    public static MLContext PrintConvNeXtProgress(this MLContext context, TextWriter? writer = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Log += (_, message) =>
        {
            if (message.Kind >= ChannelMessageKind.Info && message.Source.Contains("ConvNeXt", StringComparison.Ordinal))
                (writer ?? Console.Out).WriteLine(message.Kind == ChannelMessageKind.Info ? message.RawMessage : $"{message.Kind}: {message.RawMessage}");
        };
        return context;
    }
}
