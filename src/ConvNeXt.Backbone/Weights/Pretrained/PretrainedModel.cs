using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Weights.Pretrained;

/// <summary>Published weights: a row of the table in <see cref="PretrainedModels"/>.</summary>
/// <param name="Variant">The network.</param>
/// <param name="TrainedOn">Data sets in the order of training; 1k, 12k and 22k are subsets of ImageNet.</param>
/// <param name="License">The license.</param>
/// <param name="ClassCount">Number of classes: 1000, 11821 (12k) or 21841 (22k).</param>
/// <param name="Preprocessing">Image preprocessing at the size that the weights were trained for.</param>
public sealed record PretrainedModel(ConvNeXtVariant Variant, string TrainedOn, WeightsLicense License, int ClassCount, ImagePreprocessing Preprocessing)
{
    /// <summary>Model id on the Hugging Face hub; null if the weights are not there.</summary>
    public string? HubId { get; init; }

    /// <summary>File name used by the publisher; null if the weights are only on the hub.</summary>
    public string? FileName { get; init; }

    /// <summary>
    /// Image preprocessing with which the publisher measured accuracy, at a larger size for some weights; otherwise the same as <see cref="Preprocessing"/>.
    /// </summary>
    public ImagePreprocessing TestPreprocessing { get; init; } = Preprocessing;

    /// <summary>
    /// Returns the image preprocessing for any square: as above for the sizes of the table, otherwise the official rule with the mean, standard deviation and
    /// interpolation of these weights.
    /// </summary>
    /// <param name="size">Width and height in pixels, at least 32.</param>
    public ImagePreprocessing PreprocessingAt(int size)
    {
        if (size == Preprocessing.Size) return Preprocessing;
        if (size == TestPreprocessing.Size) return TestPreprocessing;
        return LikeThese(ImagePreprocessing.ForSize(size));
    }

    /// <summary>
    /// Returns the image preprocessing for a rectangle: the official rule with the mean, standard deviation and interpolation of these weights. For a square,
    /// the same as the other overload.
    /// </summary>
    /// <param name="height">Height in pixels, at least 32.</param>
    /// <param name="width">Width in pixels, at least 32.</param>
    public ImagePreprocessing PreprocessingAt(int height, int width) =>
        height == width ? PreprocessingAt(height) : LikeThese(ImagePreprocessing.ForSize(height, width));

    private ImagePreprocessing LikeThese(ImagePreprocessing preprocessing) => preprocessing with
    {
        Mean = Preprocessing.Mean,
        StandardDeviation = Preprocessing.StandardDeviation,
        Interpolation = Preprocessing.Interpolation,
    };

    /// <summary>Returns the name of the weights for messages: the hub id, otherwise the file name.</summary>
    public override string ToString() => HubId ?? FileName ?? $"{Variant}";
}
