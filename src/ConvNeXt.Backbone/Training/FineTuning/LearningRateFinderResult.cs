using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Training.FineTuning;

/// <summary>A step of a learning-rate test.</summary>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="Loss">Loss of the step's batch, before the step.</param>
/// <param name="SmoothedLoss">Smoothed loss up to this step.</param>
public sealed record LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss);

/// <summary>The result of a learning-rate test.</summary>
public sealed record LearningRateFinderResult
{
    /// <summary>The suggestion is a tenth of the rate with the lowest loss, because there the loss is about to rise.</summary>
    private const double Caution = 0.1;

    /// <summary>The completed steps, in the order of their learning rates.</summary>
    public required ImmutableArray<LearningRatePoint> Points { get; init; }

    /// <summary>Whether the loss diverged before the largest learning rate.</summary>
    public required bool Diverged { get; init; }

    /// <summary>The learning rate with the lowest smoothed loss.</summary>
    public required double LeastLossLearningRate { get; init; }

    /// <summary>
    /// The learning rate, up to <see cref="LeastLossLearningRate"/>, at which the smoothed loss fell most steeply over the logarithm of the rate; null if it
    /// never fell.
    /// </summary>
    public required double? SteepestLearningRate { get; init; }

    /// <summary>
    /// The suggested learning rate: a tenth of <see cref="LeastLossLearningRate"/>; null if the loss never fell, in which case the test is inconclusive.
    /// </summary>
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

    /// <summary>Whether a test ends after these losses.</summary>
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
