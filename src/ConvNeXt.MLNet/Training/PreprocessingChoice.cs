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
        ImagePreprocessing usual = options.Recipe is null && model is not null ? model : recipe;
        int height = options.ImageSize ?? usual.Height, width = options.ImageWidth ?? options.ImageSize ?? usual.Width;
        ImagePreprocessing own = Resize(recipe, height, width);
        ImagePreprocessing? known = model is not null ? Resize(model, height, width) : FindPublished(options)?.PreprocessingAt(height, width);
        if (known is null) return own;
        return FollowsOfficialRule(recipe) ? known : known with { ResizeMode = own.ResizeMode, CropRatio = own.CropRatio };
    }

    private static PretrainedModel? FindPublished(ConvNeXtTrainer.Options options) =>
        TrainingStarts.Find(options) == TrainingStart.Weights ? PretrainedModels.Identify(options.Weights!) : null;

    /// <summary>Returns the preprocessing for another size. Where it follows the official rule, it follows it at the new size, too.</summary>
    private static ImagePreprocessing Resize(ImagePreprocessing preprocessing, int height, int width)
    {
        if ((height, width) == (preprocessing.Height, preprocessing.Width)) return preprocessing;
        ImagePreprocessing resized = preprocessing.WithSize(height, width);
        return FollowsOfficialRule(preprocessing) ? resized with { ResizeMode = ImagePreprocessing.ForSize(height, width).ResizeMode } : resized;
    }

    private static bool FollowsOfficialRule(ImagePreprocessing preprocessing)
    {
        ImagePreprocessing official = ImagePreprocessing.ForSize(preprocessing.Height, preprocessing.Width);
        return preprocessing.ResizeMode == official.ResizeMode && preprocessing.CropRatio == official.CropRatio;
    }
}
