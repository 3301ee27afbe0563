namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>
/// Fits the number of steps to a time limit: the schedule is planned from the speed measured in the first fiftieth of the time, and again at later points, so
/// that a wrong estimate is corrected while it is small. Time before the first step counts, but not as time that steps took; a resumed run measures its own
/// speed, as it may be on another machine.
/// </summary>
/// <param name="time">The time limit.</param>
/// <param name="elapsed">Time of the run before its first step in this process: for reading what is needed first, and for a resumed run the time before it was
/// interrupted.</param>
/// <param name="done">Number of steps that were completed before.</param>
internal sealed class TimeBudget(TimeSpan time, TimeSpan elapsed = default, int done = 0)
{
    private static readonly double[] Moments = [0.02, 0.1, 0.3, 0.6, 0.85, 1];

    private readonly TimeSpan _startedAt = elapsed;
    private readonly int _doneBefore = done;
    private int _next;

    /// <summary>Called after a step. Returns the total number of steps that the run should have, or null if it is not time to plan.</summary>
    /// <param name="now">Time since the run started, including evaluation.</param>
    /// <param name="completed">Number of completed steps, at least one more than before.</param>
    /// <param name="reserved">Time to reserve at the end.</param>
    internal int? Plan(TimeSpan now, int completed, TimeSpan reserved)
    {
        TimeSpan training = now - _startedAt, all = time - _startedAt;
        if (_next == Moments.Length || training < all * Moments[_next]) return null;
        while (_next < Moments.Length && training >= all * Moments[_next]) _next++;
        double left = Math.Max(0, (time - now - reserved).TotalSeconds);
        return (int)Math.Min(int.MaxValue, completed + Math.Floor(left * (completed - _doneBefore) / Math.Max(training.TotalSeconds, 1e-9)));
    }
}
