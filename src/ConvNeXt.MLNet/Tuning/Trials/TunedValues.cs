using ConvNeXt.Backbone.Training;
using ConvNeXt.MLNet.Training;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Tuning.Trials;

/// <summary>How a tuned value is read from a recipe and written to it.</summary>
/// <param name="Low">The lowest value.</param>
/// <param name="High">The highest value.</param>
/// <param name="Read">Reads it.</param>
/// <param name="Write">Returns the recipe with another value.</param>
internal sealed record TunedValue(double Low, double High, Func<TunedRecipe, double> Read, Func<TunedRecipe, double, TunedRecipe> Write);

/// <summary>The tuned values by <see cref="TunedOption"/>, in the order in which they are written to a recipe.</summary>
internal static class TunedValues
{
    private const double Tiny = 1e-9, OtherAugmentation = -1;

    // A probe whose only epoch changes nothing is the solved head.
    private const double NoLearningRate = 1e-12;

    /// <summary>All of them.</summary>
    public static OrderedDictionary<string, TunedValue> All { get; } = new(StringComparer.Ordinal)
    {
        [TunedOption.LearningRate] = Number(
            Tiny, 10, t => t.LearningRate, (t, rate) => t with { LearningRate = rate, MinLearningRate = Math.Min(t.MinLearningRate, rate) }),
        [TunedOption.LayerDecay] = Number(Tiny, 1, t => t.LayerDecay, (t, decay) => t with { LayerDecay = decay }),
        [TunedOption.WeightDecay] = Number(0, 10, t => t.WeightDecay, (t, decay) => t with { WeightDecay = decay }),
        [TunedOption.LabelSmoothing] = Number(0, 1 - Tiny, t => t.LabelSmoothing, (t, smoothing) => t with { LabelSmoothing = smoothing }),
        [TunedOption.DropPath] = new(0, 1 - Tiny, r => r.Recipe.DropPathRate, (r, rate) => r with { Recipe = r.Recipe with { DropPathRate = (float)rate } }),
        [TunedOption.Steps] = new(0.01, 100, r => r.Steps, (r, steps) => TrialSettings.Shorten(r, steps / r.Steps) with { Steps = steps }),
        [TunedOption.Augmentation] = Number(OtherAugmentation, (double)AugmentationPreset.Strong, ReadAugmentation, WriteAugmentation),
        [TunedOption.AnyOrientation] = Switch(t => t.AnyOrientation, (t, isOn) => t with { AnyOrientation = isOn }),
        [TunedOption.ImageSize] = new(
            32, 4096, r => r.ImageSize ?? r.Recipe.Training.Preprocessing.Height, (r, size) => r with { ImageSize = (int)Math.Round(size) }),
        [TunedOption.Freeze] = Number(0, 1, t => (double)t.FreezeBackboneEpochs / t.Epochs, (t, share) => t with
        {
            FreezeBackboneEpochs = (int)Math.Round(share * t.Epochs),
            UnfreezeStageEveryEpochs = Math.Round(share * t.Epochs) == 0 ? 0 : t.UnfreezeStageEveryEpochs,
        }),
        [TunedOption.SolveHead] = Switch(t => t.SolveHead, (t, isOn) => t with { SolveHead = isOn, SolveHeadBelowSteps = 0 }),
        [TunedOption.LinearProbe] = Switch(t => t.LinearProbe, WriteProbe),
    };

    /// <summary>Checks a name.</summary>
    /// <exception cref="ArgumentException">It is unknown.</exception>
    public static TunedValue Check(string name) => All.TryGetValue(name, out TunedValue? tuned)
        ? tuned
        : throw new ArgumentException($"'{name}' is not a tuned option; these are: {string.Join(", ", All.Keys)}.", nameof(name));

    /// <summary>Checks a value.</summary>
    /// <exception cref="ArgumentException">The name is unknown, or the value is out of range.</exception>
    public static void Check(string name, double value)
    {
        TunedValue tuned = Check(name);
        if (!(value >= tuned.Low && value <= tuned.High))
            throw new ArgumentOutOfRangeException(nameof(value), value, Invariant($"'{name}' must be from {tuned.Low} to {tuned.High}."));
    }

    private static TunedValue Number(double low, double high, Func<TrainingOptions, double> read, Func<TrainingOptions, double, TrainingOptions> write) =>
        new(low, high, r => read(r.Recipe.Training), (r, value) => r with { Recipe = r.Recipe.With(training => write(training, value)) });

    private static TunedValue Switch(Func<TrainingOptions, bool> read, Func<TrainingOptions, bool, TrainingOptions> write) =>
        Number(0, 1, training => read(training) ? 1 : 0, (training, value) => write(training, value >= 0.5));

    private static double ReadAugmentation(TrainingOptions training)
    {
        foreach (AugmentationPreset preset in Enum.GetValues<AugmentationPreset>())
            if (AugmentationPresets.Apply(preset, training) == training) return (double)preset;
        return OtherAugmentation;
    }

    private static TrainingOptions WriteAugmentation(TrainingOptions training, double value) =>
        value < 0 ? training : AugmentationPresets.Apply((AugmentationPreset)(int)value, training);

    private static TrainingOptions WriteProbe(TrainingOptions training, bool isOn) => !isOn ? training with { LinearProbe = false } : training with
    {
        LinearProbe = true,
        SolveHead = true,
        Epochs = 1,
        MinSteps = 0,
        WarmupEpochs = 0,
        FreezeBackboneEpochs = 0,
        UnfreezeStageEveryEpochs = 0,
        LearningRate = NoLearningRate,
        MinLearningRate = 0,
    };
}
