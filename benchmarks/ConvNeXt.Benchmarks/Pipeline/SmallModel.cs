using ConvNeXt.Backbone.Architecture;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>Quickly creates a classifier of any size. Its predictions are meaningless, but it takes the time and memory of a trained one.</summary>
internal static class SmallModel
{
    private const int ImagesOfAClass = 2;

    /// <summary>The classifier without the other parts of the pipeline.</summary>
    public static ConvNeXtClassificationTransformer Fit(
        MLContext ml, ConvNeXtVariant variant, int size, IEnumerable<LabeledImage> images, int? threads = null) =>
        FitPipeline(ml, variant, size, images, threads).GetConvNeXtClassifier();

    /// <summary>A pipeline trained for one step with a few of the images; its column PredictedLabel is text.</summary>
    public static ITransformer FitPipeline(MLContext ml, ConvNeXtVariant variant, int size, IEnumerable<LabeledImage> images, int? threads = null)
    {
        LabeledImage[] few = [.. images.GroupBy(image => image.Label).SelectMany(group => group.Take(ImagesOfAClass))];
        IDataView view = ml.Data.LoadFromEnumerable(few);
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("Key", nameof(LabeledImage.Label)).Fit(view).Transform(view);
        var trainer = ml.MulticlassClassification.Trainers.ConvNeXt(new ConvNeXtTrainer.Options
        {
            LabelColumnName = "Key",
            ImageColumnName = nameof(LabeledImage.ImagePath),
            Variant = variant,
            Weights = ConvNeXtWeights.None,
            ValidationSetFraction = null,
            Epochs = 1,
            BatchSize = few.Length,
            ImageSize = size,
            ThreadCount = threads,
        });
        return trainer.Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(keyed);
    }
}
