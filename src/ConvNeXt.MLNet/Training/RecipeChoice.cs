using ConvNeXt.Backbone.Training.Recipes;

namespace ConvNeXt.MLNet.Training;

/// <summary>The rule by which a recipe is chosen where <see cref="ConvNeXtTrainer.Options.Recipe"/> is null.</summary>
internal static class RecipeChoice
{
    /// <summary>Returns the recipe for fine-tuning if training starts from trained weights, otherwise the one for training from scratch.</summary>
    public static Recipe Choose(TrainingStart start) => start == TrainingStart.Scratch ? Recipe.SmallData : Recipe.SmallDataFineTune;
}
