using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet.Training;

namespace ConvNeXt.MLNet.Tuning.Trials;

/// <summary>Turns the settings of a trial, or the recipe with them, into the options of a trainer.</summary>
internal static class TunedOptions
{
    /// <summary>Returns options with the values of a trial in the place of the default ones.</summary>
    /// <exception cref="ArgumentException">A name is unknown, or a value is out of range.</exception>
    public static ConvNeXtTrainer.Options Apply(ConvNeXtTrainer.Options options, IReadOnlyDictionary<string, double> settings)
    {
        foreach (var (name, value) in settings) TunedValues.Check(name, value);
        Recipe recipe = options.Recipe ?? RecipeChoice.Choose(TrainingStarts.Find(options));
        // As in a search: without a recipe in the options, the network's own stochastic depth counts.
        ConvNeXtConfig? network = options.Recipe is null ? TrainingStarts.FindConfig(options) : null;
        var start = new TunedRecipe(recipe with
        {
            Training = OptionOverrides.Apply(options, recipe),
            DropPathRate = network?.DropPathRate ?? recipe.DropPathRate,
            LayerScaleInit = network?.LayerScaleInit ?? recipe.LayerScaleInit,
        });
        TunedRecipe tuned = TrialSettings.Apply(start, settings.ToImmutableSortedDictionary(StringComparer.Ordinal));
        return WithRecipe(options, tuned with { Recipe = tuned.Recipe with { Name = $"{recipe.Name}, tuned" } });
    }

    /// <summary>Returns options with a recipe that has all their values, so that none of them changes it any more.</summary>
    public static ConvNeXtTrainer.Options WithRecipe(ConvNeXtTrainer.Options options, TunedRecipe tuned)
    {
        ConvNeXtTrainer.Options changed = options.Copy();
        changed.Recipe = tuned.Recipe;
        (changed.Epochs, changed.BatchSize, changed.LearningRate, changed.Augmentation) = (null, null, null, null);
        (changed.ImageSize, changed.ImageWidth) = (tuned.ImageSize, null);
        return changed;
    }
}
