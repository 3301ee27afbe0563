using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
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
        ((IEnumerable<ITransformer>)FitPipeline(ml, variant, size, images, threads)).OfType<ConvNeXtClassificationTransformer>().Single();

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
            ValidationSetFraction = null,
            Training = new TrainingOptions
            {
                Epochs = 1,
                WarmupEpochs = 0,
                BatchSize = few.Length,
                Preprocessing = ImagePreprocessing.ForSize(size),
                ComputeThreads = threads ?? 0,
            },
        });
        return trainer.Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(keyed);
    }
}
