using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.Backbone.Weights.Pretrained;

/// <summary>Published weights: a row of the table in <see cref="PretrainedModels"/>.</summary>
/// <param name="Variant">The network.</param>
/// <param name="TrainedOn">The data sets, in the order of training; 1k, 12k and 22k are ImageNet's.</param>
/// <param name="License">The terms.</param>
/// <param name="ClassCount">Classes of the head: 1000, 11821 (12k) or 21841 (22k).</param>
/// <param name="Preprocessing">How images are prepared at the size that the weights were trained for.</param>
public sealed record PretrainedModel(ConvNeXtVariant Variant, string TrainedOn, WeightsLicense License, int ClassCount, ImagePreprocessing Preprocessing)
{
    /// <summary>Id of the model on the Hugging Face hub; null where the weights are not there.</summary>
    public string? HubId { get; init; }

    /// <summary>Name of the file that the publisher himself gives out; null where the hub is the only place.</summary>
    public string? FileName { get; init; }

    /// <summary>
    /// How the publisher prepares images to measure accuracy where that is another way, at a larger size; else the same as <see cref="Preprocessing"/>.
    /// </summary>
    public ImagePreprocessing TestPreprocessing { get; init; } = Preprocessing;

    /// <summary>
    /// How images are prepared at any size: as above at the sizes of the table, else by the official rule with these weights' mean, standard deviation and
    /// interpolation.
    /// </summary>
    /// <param name="size">Width and height in pixels, at least 32.</param>
    public ImagePreprocessing PreprocessingAt(int size)
    {
        if (size == Preprocessing.Size) return Preprocessing;
        if (size == TestPreprocessing.Size) return TestPreprocessing;
        return ImagePreprocessing.ForSize(size) with
        {
            Mean = Preprocessing.Mean,
            StandardDeviation = Preprocessing.StandardDeviation,
            Interpolation = Preprocessing.Interpolation,
        };
    }

    /// <summary>What to call the weights in messages: the hub id or else the file name.</summary>
    public override string ToString() => HubId ?? FileName ?? $"{Variant}";
}
