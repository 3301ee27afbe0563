using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Weights.Pretrained;
using ConvNeXt.MLNet.Weights;

namespace ConvNeXt.MLNet.Training;

/// <summary>
/// Finds the preprocessing of a run. Trained weights expect the mean, standard deviation, interpolation and crop that they were trained with: those of the
/// initial model, or of the published weights if their name is known. A crop that the recipe sets itself comes first.
/// </summary>
internal static class PreprocessingChoice
{
    /// <summary>Returns the preprocessing.</summary>
    /// <param name="options">The size and the start.</param>
    /// <param name="recipe">The preprocessing of the recipe.</param>
    public static ImagePreprocessing Find(ConvNeXtTrainer.Options options, ImagePreprocessing recipe)
    {
        ImagePreprocessing? model = options.InitialModel is { } initial ? InitialModel.Find(initial).Preprocessing : null;
        int size = options.ImageSize ?? (options.Recipe is null && model is not null ? model.Size : recipe.Size);
        ImagePreprocessing own = Resize(recipe, size);
        ImagePreprocessing? known = model is not null ? Resize(model, size) : FindPublished(options)?.PreprocessingAt(size);
        if (known is null) return own;
        return FollowsOfficialRule(recipe) ? known : known with { ResizeMode = own.ResizeMode, CropRatio = own.CropRatio };
    }

    private static PretrainedModel? FindPublished(ConvNeXtTrainer.Options options) =>
        TrainingStarts.Find(options) == TrainingStart.Weights ? PretrainedModels.Identify(options.Weights!) : null;

    /// <summary>Returns the preprocessing for another size. Where it follows the official rule, it follows it at the new size, too.</summary>
    private static ImagePreprocessing Resize(ImagePreprocessing preprocessing, int size)
    {
        if (size == preprocessing.Size) return preprocessing;
        ImagePreprocessing resized = preprocessing with { Size = size };
        return FollowsOfficialRule(preprocessing) ? resized with { ResizeMode = ImagePreprocessing.ForSize(size).ResizeMode } : resized;
    }

    private static bool FollowsOfficialRule(ImagePreprocessing preprocessing)
    {
        ImagePreprocessing official = ImagePreprocessing.ForSize(preprocessing.Size);
        return preprocessing.ResizeMode == official.ResizeMode && preprocessing.CropRatio == official.CropRatio;
    }
}
