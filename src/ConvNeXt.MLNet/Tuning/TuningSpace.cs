using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Recipes;

namespace ConvNeXt.MLNet.Tuning;

/// <summary>What a search changes, and between which values.</summary>
public sealed record TuningSpace
{
    private const double LeastRate = 1.0 / 8, LargestRate = 4, LeastSteps = 0.5, MostSteps = 2;
    private const int SizeUnit = 32;

    private static readonly double[] _sizes = [0.8, 1, 1.2, 1.4];

    /// <summary>The dimensions, each with another name, at least one.</summary>
    public required ImmutableArray<TuningDimension> Dimensions { get; init; }

    /// <summary>
    /// The usual search around a recipe: an eighth to four times its learning rate, half to twice its steps, 0.8 to 1.4 times its image size, and everything
    /// else that <see cref="TunedOption"/> names, from little to much.
    /// </summary>
    /// <param name="recipe">The recipe, whose learning rate and image size are in the middle of the ranges.</param>
    public static TuningSpace Around(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        double rate = recipe.Training.LearningRate;
        int size = recipe.Training.Preprocessing.Height;
        var dimensions = ImmutableArray.CreateBuilder<TuningDimension>();
        dimensions.Add(TuningDimension.Logarithmic(TunedOption.LearningRate, rate * LeastRate, rate * LargestRate));
        dimensions.Add(TuningDimension.Linear(TunedOption.LayerDecay, 0.6, 1));
        dimensions.Add(TuningDimension.Logarithmic(TunedOption.Steps, LeastSteps, MostSteps));
        dimensions.Add(TuningDimension.Choice(TunedOption.Augmentation, Enum.GetValues<AugmentationPreset>().Select(preset => (double)preset)));
        dimensions.Add(TuningDimension.Logarithmic(TunedOption.WeightDecay, 0.005, 0.5));
        dimensions.Add(TuningDimension.Linear(TunedOption.LabelSmoothing, 0, 0.2));
        dimensions.Add(TuningDimension.Linear(TunedOption.DropPath, 0, 0.2));
        dimensions.Add(TuningDimension.Choice(TunedOption.Freeze, 0, 0.25, 0.5));
        dimensions.Add(TuningDimension.Choice(TunedOption.SolveHead, 0, 1));
        if (recipe.Training.Preprocessing.IsSquare)
        {
            dimensions.Add(TuningDimension.Choice(TunedOption.AnyOrientation, 0, 1));
            dimensions.Add(TuningDimension.Choice(
                TunedOption.ImageSize, _sizes.Select(factor => factor == 1 ? size : Math.Max(SizeUnit, SizeUnit * Math.Round(factor * size / SizeUnit)))));
        }
        return new TuningSpace { Dimensions = dimensions.ToImmutable() };
    }

    /// <summary>Returns the space with a dimension added, or in the place of the one with its name.</summary>
    public TuningSpace With(TuningDimension dimension)
    {
        ArgumentNullException.ThrowIfNull(dimension);
        return this with { Dimensions = Without(dimension.Name).Dimensions.Add(dimension) };
    }

    /// <summary>Returns the space without some dimensions, which then have the recipe's value in all trials.</summary>
    /// <param name="names">Names of <see cref="TunedOption"/>.</param>
    public TuningSpace Without(params IEnumerable<string> names) =>
        this with { Dimensions = [.. Dimensions.Where(dimension => !names.Contains(dimension.Name, StringComparer.Ordinal))] };

    /// <exception cref="ArgumentException">There are no dimensions, or two with the same name.</exception>
    internal void Validate()
    {
        if (Dimensions.IsDefaultOrEmpty) throw new ArgumentException("The search space has no dimensions.", nameof(Dimensions));
        if (Dimensions.GroupBy(dimension => dimension.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"The search space has '{twice.Key}' twice.", nameof(Dimensions));
    }
}
