using System.Collections.Immutable;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Recipes;
using ConvNeXt.MLNet.Tuning;
using ConvNeXt.MLNet.Tuning.Trials;

namespace ConvNeXt.Tests.Tuning;

/// <summary>What the settings of a trial change in a recipe.</summary>
[TestClass]
public sealed class TrialSettingsTests
{
    private static readonly TunedRecipe _start = new(Recipe.FewImages);

    [TestMethod]
    public void TheValuesOfARecipe_ChangeNothing()
    {
        foreach (Recipe recipe in (Recipe[])[Recipe.FewImages, Recipe.SmallDataFineTune, Recipe.SmallData])
        {
            var start = new TunedRecipe(recipe);
            ImmutableSortedDictionary<string, double> values = TrialSettings.Read(TuningSpace.Around(recipe), start);
            Assert.AreEqual(start, TrialSettings.Apply(start, values));
        }
    }

    [TestMethod]
    public void EachValue_IsReadAsItWasWritten_AndGivesValidOptions()
    {
        foreach (TuningDimension dimension in TuningSpace.Around(_start.Recipe).Dimensions)
            for (double position = 0; position < 1; position += 0.24)
            {
                double value = dimension.At(position);
                TunedRecipe changed = TrialSettings.Apply(_start, Setting(dimension.Name, value));
                changed.Recipe.Validate();
                double nearest = dimension.Name == TunedOption.Freeze ? 0.5 / changed.Recipe.Training.Epochs : 1e-6; // whole epochs
                Assert.AreEqual(value, TunedValues.All[dimension.Name].Read(changed), nearest, $"{dimension.Name} {value}");
            }
    }

    [TestMethod]
    public void AQuarterOfTheSteps_KeepsTheSharesOfWarmupAndAverage()
    {
        TrainingOptions whole = _start.Recipe.Training, quarter = TrialSettings.Apply(_start, Setting(TunedOption.Freeze, 0.5), share: 0.25).Recipe.Training;
        Assert.AreEqual(whole.MinSteps / 4, quarter.MinSteps);
        Assert.AreEqual(whole.SolveHeadBelowSteps / 4, quarter.SolveHeadBelowSteps);
        Assert.AreEqual((int)Math.Round(whole.Epochs / 4.0), quarter.Epochs);
        Assert.AreEqual(1, quarter.WarmupEpochs);
        Assert.AreEqual(quarter.Epochs / 2, quarter.FreezeBackboneEpochs);
        Assert.AreEqual(Math.Pow(whole.AverageDecay!.Value, whole.MinSteps), Math.Pow(quarter.AverageDecay!.Value, quarter.MinSteps), 1e-9);
    }

    [TestMethod]
    public void FeaturesWithALinearHead_AreOneEpochOfAProbe()
    {
        TrainingOptions probe = TrialSettings.Apply(_start, TrialSettings.LinearProbe).Recipe.Training;
        probe.Validate();
        Assert.IsTrue(probe.LinearProbe && probe.SolveHead);
        Assert.AreEqual(1, probe.Epochs);
    }

    private static ImmutableSortedDictionary<string, double> Setting(string name, double value) =>
        ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal).Add(name, value);
}
