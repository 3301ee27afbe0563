using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.MLNet.Tuning;
using ConvNeXt.MLNet.Tuning.Search;

namespace ConvNeXt.Tests.Tuning;

/// <summary>
/// A made-up objective: the loss is a bowl around an optimum away from the default settings, with noise for each image that is the same for all settings, and a
/// little that is not. Training for a part of the steps adds to the loss. The work is that of the steps, and takes a second for a whole training.
/// </summary>
internal sealed class SyntheticTrials(ManualTime? time = null, Func<TrialTask, string?>? fail = null) : ITrialEvaluator
{
    private const int Images = 40;

    public static TuningSpace Space { get; } = new()
    {
        Dimensions =
        [
            TuningDimension.Logarithmic(TunedOption.LearningRate, 1e-4, 1e-2),
            TuningDimension.Linear(TunedOption.LayerDecay, 0.5, 1),
            TuningDimension.Logarithmic(TunedOption.WeightDecay, 1e-3, 1),
            TuningDimension.Choice(TunedOption.Augmentation, 0, 1, 2, 3),
        ],
    };

    public static ImmutableSortedDictionary<string, double> Start { get; } = Settings(1e-3, 1, 0.05, 2);

    public List<TrialTask> Evaluated { get; } = [];

    public static ImmutableSortedDictionary<string, double> Settings(double rate, double layerDecay, double weightDecay, double augmentation) =>
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, new Dictionary<string, double>
        {
            [TunedOption.LearningRate] = rate,
            [TunedOption.LayerDecay] = layerDecay,
            [TunedOption.WeightDecay] = weightDecay,
            [TunedOption.Augmentation] = augmentation,
        });

    /// <summary>The loss without noise, after all steps.</summary>
    public static double TrueLoss(ImmutableSortedDictionary<string, double> settings)
    {
        if (settings.ContainsKey(TunedOption.LinearProbe)) return 1;
        return 0.3 + (0.6 * Square(Math.Log10(settings[TunedOption.LearningRate]) + 2.4)) + (1.5 * Square(settings[TunedOption.LayerDecay] - 0.75))
            + (0.05 * Square(Math.Log10(settings[TunedOption.WeightDecay]) + 0.5)) + (settings[TunedOption.Augmentation] == 1 ? 0 : 0.08);
    }

    public TrialOutcome Evaluate(TrialTask task)
    {
        Evaluated.Add(task);
        time?.Advance(TimeSpan.FromSeconds(EstimateWork(task)));
        if (fail?.Invoke(task) is { } failure) return new TrialOutcome { Failure = failure };
        double loss = TrueLoss(task.Settings) + (0.2 * (1 - task.Share));
        var losses = ImmutableArray.CreateBuilder<float>(Images);
        for (int image = 0; image < Images; image++)
        {
            var ofImage = new CounterRandom(5, RandomPurpose.Search, task.Split, image);
            var ofTrial = new CounterRandom(6, RandomPurpose.Search, (100 * task.Trial) + task.Round, (100 * image) + task.Split);
            losses.Add((float)(loss + (0.3 * ofImage.NextGaussian()) + (0.1 * ofTrial.NextGaussian())));
        }
        return new TrialOutcome { Losses = losses.ToImmutable(), Hits = Images / 2 };
    }

    public double EstimateWork(TrialTask task) => task.Settings.ContainsKey(TunedOption.LinearProbe) ? 0.01 : task.Share;

    private static double Square(double value) => value * value;
}
