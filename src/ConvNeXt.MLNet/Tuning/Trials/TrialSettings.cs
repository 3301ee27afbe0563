using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Recipes;

namespace ConvNeXt.MLNet.Tuning.Trials;

/// <summary>Turns the settings of a trial into a recipe and an image size, and back.</summary>
internal static class TrialSettings
{
    /// <summary>Returns the values that the dimensions of a space have in a recipe.</summary>
    public static ImmutableSortedDictionary<string, double> Read(TuningSpace space, TunedRecipe recipe) => space.Dimensions.ToImmutableSortedDictionary(
        dimension => dimension.Name, dimension => TunedValues.All[dimension.Name].Read(recipe), StringComparer.Ordinal);

    /// <summary>The settings of the trial with features and a linear head.</summary>
    public static ImmutableSortedDictionary<string, double> LinearProbe { get; } =
        ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal).Add(TunedOption.LinearProbe, 1);

    /// <summary>Changes a recipe. Values that the recipe has already change nothing.</summary>
    /// <param name="start">The recipe of the default settings.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="share">The share of the steps.</param>
    public static TunedRecipe Apply(TunedRecipe start, ImmutableSortedDictionary<string, double> settings, double share = 1)
    {
        TunedRecipe recipe = start;
        // In the order of the table: what freezes is a share of the epochs, whose number is set before.
        foreach (var (name, value) in TunedValues.All)
            if (settings.TryGetValue(name, out double set) && set != value.Read(start)) recipe = value.Write(recipe, set);
        return Shorten(recipe, share);
    }

    /// <summary>
    /// Returns the recipe for a part or a multiple of its steps. Warmup and frozen epochs keep their share of it, a head is solved where it is in the
    /// whole run, and so does the average of the weights: with the decay of the whole run, that of a short one would still be mostly the start.
    /// </summary>
    public static TunedRecipe Shorten(TunedRecipe recipe, double factor)
    {
        if (factor == 1) return recipe;
        return recipe with
        {
            Recipe = recipe.Recipe.With(training =>
            {
                int epochs = Scale(training.Epochs, factor);
                return training with
                {
                    Epochs = epochs,
                    MinSteps = training.MinSteps == 0 ? 0 : Scale(training.MinSteps, factor),
                    SolveHeadBelowSteps = training.SolveHeadBelowSteps == 0 ? 0 : Scale(training.SolveHeadBelowSteps, factor),
                    WarmupEpochs = Math.Min(training.WarmupEpochs == 0 ? 0 : Scale(training.WarmupEpochs, factor), epochs - 1),
                    FreezeBackboneEpochs = Math.Min(training.FreezeBackboneEpochs == 0 ? 0 : Scale(training.FreezeBackboneEpochs, factor), epochs),
                    AverageDecay = training.AverageDecay is { } decay ? Math.Pow(decay, 1 / factor) : null,
                };
            }),
        };
    }

    private static int Scale(int count, double factor) => Math.Max(1, (int)Math.Round(count * factor));
}

/// <summary>What a trial is trained with.</summary>
/// <param name="Recipe">The recipe; its preprocessing has the size of the default settings.</param>
/// <param name="ImageSize">Another image size; null for that of the recipe.</param>
internal sealed record TunedRecipe(Recipe Recipe, int? ImageSize = null)
{
    /// <summary>The number of steps as a multiple of that of the default settings.</summary>
    public double Steps { get; init; } = 1;
}
