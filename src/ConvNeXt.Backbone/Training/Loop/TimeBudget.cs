namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// Fits the number of steps to a time limit: the schedule is planned from the speed measured in the first fiftieth of the time, and again at later points, so
/// that a wrong estimate is corrected while it is small.
/// </summary>
internal sealed class TimeBudget(TimeSpan time)
{
    private static readonly double[] Moments = [0.02, 0.1, 0.3, 0.6, 0.85, 1];

    private int _next;

    /// <summary>Called after a step. Returns the total number of steps that the run should have, or null if it is not time to plan.</summary>
    /// <param name="elapsed">Time since the run started, including evaluation.</param>
    /// <param name="done">Number of completed steps, at least 1.</param>
    /// <param name="reserved">Time to reserve at the end.</param>
    internal int? Plan(TimeSpan elapsed, int done, TimeSpan reserved)
    {
        if (_next == Moments.Length || elapsed < time * Moments[_next]) return null;
        while (_next < Moments.Length && elapsed >= time * Moments[_next]) _next++;
        double left = Math.Max(0, (time - elapsed - reserved).TotalSeconds);
        return (int)Math.Min(int.MaxValue, done + Math.Floor(left * done / Math.Max(elapsed.TotalSeconds, 1e-9)));
    }
}
