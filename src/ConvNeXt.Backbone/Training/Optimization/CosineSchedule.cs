namespace ConvNeXt.Backbone.Training.Optimization;

/// <summary>
/// The official learning-rate schedule (utils.py, cosine_scheduler): a linear warmup from 0 that reaches the base value at its last step, then a half cosine
/// from the base value to the final value, which is never quite reached.
/// </summary>
internal sealed class CosineSchedule
{
    private readonly double _baseValue;
    private readonly double _finalValue;

    /// <summary>Creates the schedule.</summary>
    /// <param name="baseValue">Value at the end of the warmup.</param>
    /// <param name="finalValue">Value that the cosine approaches.</param>
    /// <param name="totalSteps">Total number of steps, at least 1.</param>
    /// <param name="warmupSteps">Number of warmup steps, 0 to <paramref name="totalSteps"/>.</param>
    public CosineSchedule(double baseValue, double finalValue, int totalSteps, int warmupSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(totalSteps);
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(warmupSteps, totalSteps);
        (_baseValue, _finalValue, TotalSteps, WarmupSteps) = (baseValue, finalValue, totalSteps, warmupSteps);
    }

    /// <summary>Total number of steps.</summary>
    public int TotalSteps { get; }

    /// <summary>Number of warmup steps.</summary>
    public int WarmupSteps { get; }

    /// <summary>The value at a step.</summary>
    /// <param name="step">The step, counted from 0, below <see cref="TotalSteps"/>.</param>
    public double this[int step]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(step);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, TotalSteps);
            if (step < WarmupSteps) return WarmupSteps == 1 ? 0 : _baseValue * step / (WarmupSteps - 1);
            double progress = (double)(step - WarmupSteps) / (TotalSteps - WarmupSteps);
            return _finalValue + 0.5 * (_baseValue - _finalValue) * (1 + Math.Cos(Math.PI * progress));
        }
    }
}
