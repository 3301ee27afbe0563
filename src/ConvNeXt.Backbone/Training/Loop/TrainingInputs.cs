using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.FineTuning;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// Provides the input of an engine for an item: its image, augmented for training and preprocessed as for scoring for validation, or its precomputed features.
/// </summary>
/// <param name="options">How images are preprocessed and augmented.</param>
/// <param name="train">The training set.</param>
/// <param name="validation">The validation set.</param>
/// <param name="features">Features of both sets, used instead of images; null for images.</param>
/// <param name="errors">Lets unreadable images be left out; null if the first one is an error.</param>
internal sealed class TrainingInputs(
    TrainingOptions options, ImageSet train, ImageSet? validation, FeatureCache? features = null, ReadErrors? errors = null)
{
    private readonly TrainingAugmentation _augmentation = new(options);
    private readonly int _trainingLength = features?.FeatureCount ?? options.TrainingPreprocessing.Length;

    /// <summary>Lets unreadable images be left out; null if the first one is an error.</summary>
    internal ReadErrors? Errors => errors;

    /// <summary>Largest number of floats per item.</summary>
    internal int Length => features?.FeatureCount ?? options.Preprocessing.Length;

    /// <summary>Number of floats per item of a batch: training images may be smaller.</summary>
    internal int LengthOf(PlannedBatch plan) => plan.IsValidation ? Length : _trainingLength;

    /// <summary>Fills one item of a batch; may be called from several threads concurrently.</summary>
    internal void Fill(PlannedBatch plan, int item, Span<float> values)
    {
        if (features is not null)
        {
            features.CopyTo(plan.IsValidation, item, values);
            return;
        }
        using RgbImage image = (plan.IsValidation ? validation! : train).Load(item);
        if (plan.IsValidation)
            options.Preprocessing.Apply(image, values);
        else
            _augmentation.Apply(image, plan.Epoch, item, values);
    }
}
