using ConvNeXt.Backbone.Training.Recipes;

namespace ConvNeXt.MLNet.Training;

/// <summary>The rule by which a recipe is chosen where <see cref="ConvNeXtTrainer.Options.Recipe"/> is null.</summary>
internal static class RecipeChoice
{
    /// <summary>Returns the recipe for the weights that training starts from: none, those in the package, or others.</summary>
    public static Recipe Choose(TrainingStart start) => start switch
    {
        TrainingStart.Scratch => Recipe.SmallData,
        TrainingStart.PackagedWeights => Recipe.FewImages,
        _ => Recipe.SmallDataFineTune,
    };
}
