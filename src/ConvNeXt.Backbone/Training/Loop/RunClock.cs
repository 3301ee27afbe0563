namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>Measures the time that a run takes from its very beginning, including what is read and computed before the first step.</summary>
/// <param name="time">The clock; null for that of the system.</param>
internal sealed class RunClock(TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly long _started = (time ?? TimeProvider.System).GetTimestamp();

    /// <summary>For a resumed run, the time that it took before.</summary>
    public TimeSpan Before { get; set; }

    /// <summary>Time that the run took so far.</summary>
    public TimeSpan Elapsed => Before + _time.GetElapsedTime(_started);
}
