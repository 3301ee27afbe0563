using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Pixels;
using ConvNeXt.MLNet.Schema;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Where ConvNeXt is found in an <see cref="MLContext"/>: among the multiclass trainers and among the transforms.</summary>
public static class ConvNeXtCatalog
{
    /// <summary>Trains a ConvNeXt image classifier, the whole network, from scratch or from pretrained weights.</summary>
    /// <param name="catalog">The trainer catalog.</param>
    /// <param name="labelColumnName">Label column, a key; its count is the number of classes.</param>
    /// <param name="imageColumnName">Image column: paths (text), encoded images (vector of Byte) or MLImage.</param>
    /// <param name="scoreColumnName">Column that gets the probabilities.</param>
    /// <param name="predictedLabelColumnName">Column that gets the likeliest label.</param>
    /// <param name="validationSet">Data to measure after each epoch; null takes a tenth of each class out of the training data.</param>
    /// <param name="variant">Size of the network.</param>
    /// <param name="weights">Pretrained weights, a safetensors file or a PyTorch checkpoint; null starts from scratch.</param>
    /// <returns>The trainer; everything else is set by the overload with options.</returns>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public static ConvNeXtTrainer ConvNeXt(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = ColumnDefaults.Label,
        string imageColumnName = ColumnDefaults.Image,
        string scoreColumnName = ColumnDefaults.Score,
        string predictedLabelColumnName = ColumnDefaults.PredictedLabel,
        IDataView? validationSet = null,
        ConvNeXtVariant variant = ConvNeXtVariant.Atto,
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

    /// <summary>Trains a ConvNeXt image classifier with all settings open.</summary>
    /// <param name="catalog">The trainer catalog.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it.</exception>
    public static ConvNeXtTrainer ConvNeXt(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, ConvNeXtTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ConvNeXtTrainer(catalog.GetEnvironment(), options);
    }

    /// <summary>Adds the features that a ConvNeXt with pretrained weights gives for an image.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">Column that is added.</param>
    /// <param name="inputColumnName">Image column: paths (text), encoded images (vector of Byte) or MLImage.</param>
    /// <param name="weights">The weights, a safetensors file or a PyTorch checkpoint.</param>
    /// <param name="variant">Size of the network in that file.</param>
    /// <param name="imageSize">Width and height of the network's input in pixels, 32 to 4096.</param>
    /// <param name="output">Pooled features, or the feature map of a stage as a vector [channels, height, width].</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public static ConvNeXtFeaturizingEstimator ConvNeXtFeaturizer(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName,
        string weights,
        ConvNeXtVariant variant = ConvNeXtVariant.Tiny,
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

    /// <summary>Adds the features that the network of a trained classifier gives for an image.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">Column that is added.</param>
    /// <param name="inputColumnName">Image column: paths (text), encoded images (vector of Byte) or MLImage.</param>
    /// <param name="model">The classifier.</param>
    /// <param name="output">Pooled features, or the feature map of a stage as a vector [channels, height, width].</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
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

    /// <summary>Adds the features that a ConvNeXt gives for an image, with all settings open.</summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it.</exception>
    public static ConvNeXtFeaturizingEstimator ConvNeXtFeaturizer(this TransformsCatalog catalog, ConvNeXtFeaturizingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ConvNeXtFeaturizingEstimator(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// Adds the pixels of pictures as a network exported by <see cref="ConvNeXtClassificationTransformer.SaveAsOnnx"/> reads them, for ApplyOnnxModel or
    /// another runtime: vectors of Single [3, size, size], planes R, G, B, values from 0 to 255, resized and cropped exactly as the model does it. A row whose
    /// picture cannot be read gets NaN, and a warning in the log.
    /// </summary>
    /// <param name="catalog">The transform catalog.</param>
    /// <param name="outputColumnName">Column that is added; ApplyOnnxModel wants the name of the network's input, "images".</param>
    /// <param name="inputColumnName">Image column: paths (text), encoded images (vector of Byte) or MLImage.</param>
    /// <param name="preprocessing">The model's, <see cref="ConvNeXtClassificationTransformer.Preprocessing"/>.</param>
    /// <param name="imageRootFolder">What relative paths are relative to; null for the process's current folder.</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public static IEstimator<ITransformer> ConvNeXtPixels(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, ImagePreprocessing preprocessing, string? imageRootFolder = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(preprocessing);
        return new PixelsEstimator(catalog.GetEnvironment(), new PixelsSettings(outputColumnName, inputColumnName, preprocessing, imageRootFolder));
    }
}
