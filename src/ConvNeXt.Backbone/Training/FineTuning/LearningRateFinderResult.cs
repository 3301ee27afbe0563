using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>A step of a learning-rate test.</summary>
/// <param name="LearningRate">Of the step.</param>
/// <param name="Loss">Of the step's batch, before the step.</param>
/// <param name="SmoothedLoss">The losses so far, smoothed.</param>
public sealed record LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss);

/// <summary>What a learning-rate test came to.</summary>
public sealed record LearningRateFinderResult
{
    /// <summary>A tenth of the rate at which the loss is least: there it is about to rise.</summary>
    private const double Caution = 0.1;

    /// <summary>The steps that were made, in the order of their learning rates.</summary>
    public required ImmutableArray<LearningRatePoint> Points { get; init; }

    /// <summary>Whether the loss broke away before the largest learning rate.</summary>
    public required bool Diverged { get; init; }

    /// <summary>The learning rate at which the smoothed loss was least.</summary>
    public required double LeastLossLearningRate { get; init; }

    /// <summary>The learning rate, up to there, at which the smoothed loss fell most steeply over the logarithm of the rate; null where it never fell.</summary>
    public required double? SteepestLearningRate { get; init; }

    /// <summary>What to train with: a tenth of <see cref="LeastLossLearningRate"/>; null where the loss never fell, so that the test tells nothing.</summary>
    public double? Suggestion => SteepestLearningRate is null ? null : Caution * LeastLossLearningRate;

    internal static LearningRateFinderResult Of(IReadOnlyList<double> losses, LearningRateFinderOptions options)
    {
        var points = ImmutableArray.CreateBuilder<LearningRatePoint>();
        double average = 0, weight = 0;
        bool diverged = false;
        int least = 0;
        for (int step = 0; step < losses.Count && !diverged; step++)
        {
            diverged = !double.IsFinite(losses[step]);
            if (diverged) break;
            (average, weight) = (Smooth(average, losses[step], options), Smooth(weight, 1, options));
            points.Add(new LearningRatePoint(options.RateOf(step), losses[step], average / weight));
            if (points[step].SmoothedLoss < points[least].SmoothedLoss) least = step;
            diverged = points[step].SmoothedLoss > options.DivergenceFactor * points[least].SmoothedLoss;
        }
        return new LearningRateFinderResult
        {
            Points = points.ToImmutable(),
            Diverged = diverged,
            LeastLossLearningRate = options.RateOf(least),
            SteepestLearningRate = Steepest(points, least) is { } step0 ? options.RateOf(step0) : null,
        };
    }

    /// <summary>Whether a test has to end after these losses.</summary>
    internal static bool IsOver(IReadOnlyList<double> losses, LearningRateFinderOptions options) => losses.Count >= options.Steps || Of(losses, options).Diverged;

    private static double Smooth(double before, double value, LearningRateFinderOptions options) => (options.Smoothing * before) + ((1 - options.Smoothing) * value);

    // Steps are evenly spaced in the logarithm of the rate.
    private static int? Steepest(ImmutableArray<LearningRatePoint>.Builder points, int least)
    {
        int? steepest = null;
        double slope = 0;
        for (int step = 1; step <= least; step++)
        {
            double fall = points[step].SmoothedLoss - points[step - 1].SmoothedLoss;
            if (fall < slope) (steepest, slope) = (step, fall);
        }
        return steepest;
    }
}
