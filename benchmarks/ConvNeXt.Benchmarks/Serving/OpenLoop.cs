using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>Sends requests at times that are fixed beforehand, whether earlier ones are answered or not; latency counts from those times.</summary>
internal sealed class OpenLoop : IDisposable
{
    /// <summary>An answer after this time is no longer of use.</summary>
    public static readonly TimeSpan UsefulTime = TimeSpan.FromSeconds(1);

    /// <summary>How long a caller that was refused waits.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan _longestTime = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client;
    private readonly byte[] _picture;

    public OpenLoop(Uri address, byte[] picture)
    {
        _client = new HttpClient { BaseAddress = address, Timeout = _longestTime };
        _picture = picture;
    }

    /// <summary>Random arrivals (a Poisson process) of that rate; the same for the same seed.</summary>
    public static TimeSpan[] PlanArrivals(double perSecond, TimeSpan length, int seed)
    {
        var random = new Random(seed);
        var arrivals = new List<TimeSpan>();
        for (double at = 0; (at -= Math.Log(1 - random.NextDouble()) / perSecond) < length.TotalSeconds;) arrivals.Add(TimeSpan.FromSeconds(at));
        return [.. arrivals];
    }

    /// <summary>Sends a request at each of the times and waits for all answers.</summary>
    public async Task<LoadResult> RunAsync(TimeSpan[] arrivals)
    {
        var answers = new ConcurrentBag<(TimeSpan Latency, HttpStatusCode? Status)>();
        var requests = new List<Task>(arrivals.Length);
        long start = Stopwatch.GetTimestamp();
        foreach (TimeSpan arrival in arrivals)
        {
            TimeSpan wait = arrival - Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait);
            requests.Add(Task.Run(async () => answers.Add(await SendAsync(start, arrival))));
        }
        await Task.WhenAll(requests);
        return new LoadResult([.. answers]);
    }

    /// <summary>Sends requests one after the other by each of some callers; those that are refused do not count.</summary>
    /// <returns>Answers per second, and the median latency.</returns>
    public async Task<(double PerSecond, TimeSpan Median)> MeasureAsync(int callers, TimeSpan length)
    {
        var latencies = new ConcurrentBag<TimeSpan>();
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) is var now && now < length)
            {
                (TimeSpan latency, HttpStatusCode? status) = await SendAsync(start, now);
                if (status == HttpStatusCode.OK) latencies.Add(latency);
                else if (status == HttpStatusCode.ServiceUnavailable) await Task.Delay(_pause);
                else throw new BenchmarkException($"The service answered {status}.");
            }
        })));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (latencies.Count / seconds, TimeSpan.FromSeconds(Repetition.Median(latencies.Select(latency => latency.TotalSeconds))));
    }

    public void Dispose() => _client.Dispose();

    private async Task<(TimeSpan Latency, HttpStatusCode? Status)> SendAsync(long start, TimeSpan arrival)
    {
        HttpStatusCode? status = null;
        try
        {
            using var content = new ByteArrayContent(_picture);
            content.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
            using HttpResponseMessage response = await _client.PostAsync("/classify", content);
            status = response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // counted as failed
        }
        return (Stopwatch.GetElapsedTime(start) - arrival, status);
    }
}

/// <summary>How the requests of a load ended.</summary>
internal sealed class LoadResult
{
    private readonly TimeSpan[] _latencies;

    public LoadResult(IReadOnlyCollection<(TimeSpan Latency, HttpStatusCode? Status)> answers)
    {
        _latencies = [.. answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Latency).Order()];
        Useful = _latencies.Count(latency => latency <= OpenLoop.UsefulTime);
        Refused = answers.Count(answer => answer.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests);
        Failed = answers.Count - _latencies.Length - Refused;
    }

    /// <summary>What a service without overhead makes of these arrivals: it takes one after the other, each for the same time.</summary>
    public static LoadResult OfIdealService(TimeSpan[] arrivals, TimeSpan each)
    {
        TimeSpan free = TimeSpan.Zero;
        return new LoadResult([.. arrivals.Select(arrival =>
        {
            free = (free > arrival ? free : arrival) + each;
            return (free - arrival, (HttpStatusCode?)HttpStatusCode.OK);
        })]);
    }

    /// <summary>Answered in time.</summary>
    public int Useful { get; }

    /// <summary>Refused with the advice to come later.</summary>
    public int Refused { get; }

    /// <summary>Everything else but answers.</summary>
    public int Failed { get; }

    /// <summary>The latency in milliseconds that a share of the answers does not exceed.</summary>
    public double Percentile(double share) =>
        _latencies.Length == 0 ? double.NaN : _latencies[Math.Min(_latencies.Length - 1, (int)(share * _latencies.Length))].TotalMilliseconds;
}
