namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// Fits the number of steps to a time: the pace is measured and the schedule planned after a fiftieth of the time, and again when more of it is over, so that a
/// wrong guess is mended while that is small.
/// </summary>
internal sealed class TimeBudget(TimeSpan time)
{
    private static readonly double[] Moments = [0.02, 0.1, 0.3, 0.6, 0.85, 1];

    private int _next;

    /// <summary>After a step: the steps that the whole run should have, or null where it is not time to plan.</summary>
    /// <param name="elapsed">Time since the run began, evaluations included.</param>
    /// <param name="done">Steps that were taken, at least 1.</param>
    /// <param name="reserved">Time that has to be left at the end.</param>
    internal int? Plan(TimeSpan elapsed, int done, TimeSpan reserved)
    {
        if (_next == Moments.Length || elapsed < time * Moments[_next]) return null;
        while (_next < Moments.Length && elapsed >= time * Moments[_next]) _next++;
        double left = Math.Max(0, (time - elapsed - reserved).TotalSeconds);
        return (int)Math.Min(int.MaxValue, done + Math.Floor(left * done / Math.Max(elapsed.TotalSeconds, 1e-9)));
    }
}
