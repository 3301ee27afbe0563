using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet;
using Microsoft.ML;

namespace ConvNeXt.Benchmarks.Pipeline;

/// <summary>A classifier of any size in a moment: what it says is worth nothing, but it takes the time and memory of a trained one.</summary>
internal static class SmallModel
{
    private const int PicturesOfAClass = 2;

    /// <summary>The classifier alone.</summary>
    public static ConvNeXtClassificationTransformer Fit(MLContext ml, ConvNeXtVariant variant, int size, IEnumerable<LabeledImage> pictures, int? threads = null) =>
        ((IEnumerable<ITransformer>)FitPipeline(ml, variant, size, pictures, threads)).OfType<ConvNeXtClassificationTransformer>().Single();

    /// <summary>Trains for one step with a few of the pictures; the column PredictedLabel is text in the end.</summary>
    public static ITransformer FitPipeline(MLContext ml, ConvNeXtVariant variant, int size, IEnumerable<LabeledImage> pictures, int? threads = null)
    {
        LabeledImage[] few = [.. pictures.GroupBy(picture => picture.Label).SelectMany(group => group.Take(PicturesOfAClass))];
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
