namespace ConvNeXt.MLNet.Tuning.Search;

/// <summary>The time of a search, and what work will take of it: as long as the work so far took, and before there was any, as was estimated.</summary>
/// <param name="limit">The time limit; null for none.</param>
/// <param name="time">The clock.</param>
/// <param name="estimatedSeconds">The estimate of the seconds for one unit of work.</param>
internal sealed class SearchBudget(TimeSpan? limit, TimeProvider time, double estimatedSeconds)
{
    private readonly long _started = time.GetTimestamp();
    private double _before, _work, _seconds;

    /// <summary>The time since the search began, in all sessions.</summary>
    public TimeSpan Elapsed => TimeSpan.FromSeconds(_before) + time.GetElapsedTime(_started);

    /// <summary>The time that is left; null without a limit.</summary>
    public TimeSpan? Left => limit - Elapsed;

    /// <summary>Continues at the time of an earlier session.</summary>
    /// <param name="seconds">The seconds of its last line.</param>
    public void ContinueAt(double seconds) => _before = seconds;

    /// <summary>Learns how long some work took.</summary>
    public void Learn(double work, double seconds) => (_work, _seconds) = (_work + work, _seconds + seconds);

    /// <summary>The time that some work will take.</summary>
    public TimeSpan Estimate(double work) => TimeSpan.FromSeconds(work * (_work > 0 ? _seconds / _work : estimatedSeconds));

    /// <summary>Whether some work can be done in the time that is left.</summary>
    public bool Fits(double work) => limit is null || Estimate(work) <= Left;
}
