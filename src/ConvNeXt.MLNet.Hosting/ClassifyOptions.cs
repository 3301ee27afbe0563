namespace ConvNeXt.MLNet.Hosting;

/// <summary>Settings of one request. What is null is as in <see cref="ConvNeXtClassifierOptions"/>.</summary>
public sealed record ClassifyOptions
{
    /// <summary>Number of classes in <see cref="ClassificationResult.Top"/>, at least 1; all if the model has fewer.</summary>
    public int? TopCount { get; init; }

    /// <summary>The probability below which a result is unsure, from 0 to 1.</summary>
    public double? UnsureBelow { get; init; }

    /// <summary>The longest time from entering the queue to the result; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    internal void Validate()
    {
        if (TopCount is { } count) ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(TopCount));
        if (UnsureBelow is { } threshold && threshold is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(UnsureBelow), threshold, "The threshold must be from 0 to 1.");
        if (Timeout is not { } timeout || timeout == System.Threading.Timeout.InfiniteTimeSpan) return;
        if (timeout <= TimeSpan.Zero || timeout > ConvNeXtClassifierOptions.LongestTime)
            throw new ArgumentOutOfRangeException(nameof(Timeout), timeout, "The timeout must be above zero and at most 24 days, or infinite.");
    }
}
