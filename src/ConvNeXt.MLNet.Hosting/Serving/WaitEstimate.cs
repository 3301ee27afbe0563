namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>
/// How long a request would wait, from how long the recent ones took. What is measured is the time that an image keeps the whole service busy, so it includes
/// the number of cores, the size of the batches, and whatever else uses the machine. Safe to use from several threads.
/// </summary>
internal sealed class WaitEstimate(TimeProvider time, int decodingThreads)
{
    /// <summary>The share that is forgotten with every batch or decoded image.</summary>
    private const double Forgotten = 1.0 / 16;

    private readonly Lock _lock = new();
    private RecentMean _computing, _ofAThread, _decoding;
    private long? _lastEnd;

    /// <summary>Time that one thread takes to compute an image; zero before the first one.</summary>
    public TimeSpan TimeOnAThread
    {
        get
        {
            lock (_lock) return ToTime(_ofAThread.Value);
        }
    }

    /// <summary>The time until the last of some requests is answered; zero as long as no image has been computed.</summary>
    /// <param name="requests">Requests in the service.</param>
    /// <param name="encoded">Those of them that are not decoded.</param>
    public TimeSpan Find(int requests, int encoded)
    {
        lock (_lock) return _computing.Value > 0 ? ToTime((requests * _computing.Value) + (encoded * _decoding.Value / decodingThreads)) : TimeSpan.Zero;
    }

    /// <summary>A batch was computed; several may overlap.</summary>
    /// <param name="started">Timestamp of its beginning; it ends now.</param>
    /// <param name="count">Number of its images.</param>
    public void CountBatch(long started, int count)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            // From the end of the batch before: what overlaps was counted there.
            long from = _lastEnd is { } last && last > started ? last : started;
            _computing.Add(time.GetElapsedTime(from, now), count);
            _ofAThread.Add(time.GetElapsedTime(started, now), count);
            _lastEnd = now;
        }
    }

    /// <summary>An image was decoded.</summary>
    public void CountDecoding(TimeSpan duration)
    {
        lock (_lock) _decoding.Add(duration, 1);
    }

    private static TimeSpan ToTime(double ticks) => TimeSpan.FromTicks((long)Math.Round(ticks));

    /// <summary>A mean in which the recent values count most, and a single one not too much.</summary>
    private struct RecentMean
    {
        /// <summary>How often the mean a value counts at most, so that a pause of the process does not look like a slow network.</summary>
        private const double MostTimes = 4;

        private double _sum, _weight;

        public readonly double Value => _weight > 0 ? _sum / _weight : 0;

        public void Add(TimeSpan duration, int count)
        {
            double value = _sum > 0 ? Math.Min(duration.Ticks, MostTimes * Value * count) : duration.Ticks;
            (_sum, _weight) = ((_sum * (1 - Forgotten)) + value, (_weight * (1 - Forgotten)) + count);
        }
    }
}
