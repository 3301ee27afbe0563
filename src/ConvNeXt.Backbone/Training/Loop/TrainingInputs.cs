using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Augmentation;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.FineTuning;
namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// What an engine reads of an item: its picture, augmented for training and as it is scored for validation; or features that were computed before.
/// </summary>
/// <param name="options">How pictures are prepared and augmented.</param>
/// <param name="train">The training set.</param>
/// <param name="validation">The validation set.</param>
/// <param name="features">Features of both sets in place of pictures; null for pictures.</param>
internal sealed class TrainingInputs(TrainingOptions options, ImageSet train, ImageSet? validation, FeatureCache? features = null)
{
    private readonly TrainingAugmentation _augmentation = new(options);

    /// <summary>Floats of an item.</summary>
    internal int Length => features?.FeatureCount ?? options.Preprocessing.Length;

    /// <summary>Fills one item of a batch; may be called by several threads at once.</summary>
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
