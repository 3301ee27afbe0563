using System.Net;
using System.Threading.RateLimiting;
using ConvNeXt.MLNet.Hosting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace ConvNeXt.WebService;

/// <summary>
/// Limits of uploads: a rate for each client address (429), and a number for all clients together (503), because each upload is in memory before it is in the
/// queue of the classifier.
/// </summary>
internal static class RequestLimits
{
    /// <summary>The configuration key of the rate for each address.</summary>
    private const string RateKey = "RequestsPerSecond";

    private const int DefaultRate = 50;

    /// <summary>Seconds of unused rate that a client can use at once.</summary>
    private const int BurstSeconds = 2;

    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        int rate = configuration.GetValue(RateKey, DefaultRate);
        if (rate < 1) throw new InvalidOperationException($"{RateKey} is {rate}; it must be at least 1.");
        services.AddRateLimiter(limiter => limiter.OnRejected = RejectAsync);
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<ConvNeXtClassifierOptions>>(
            (limiter, classifier) => limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(LimitRate(rate), LimitUploads(classifier.Value)));
    }

    private static PartitionedRateLimiter<HttpContext> LimitRate(int rate) => PartitionedRateLimiter.Create<HttpContext, IPAddress>(context =>
    {
        IPAddress address = context.Connection.RemoteIpAddress ?? IPAddress.Any;
        if (!IsUpload(context)) return RateLimitPartition.GetNoLimiter(IPAddress.None); // a key of its own: limiters are kept by key
        return RateLimitPartition.GetTokenBucketLimiter(address, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = BurstSeconds * rate,
            TokensPerPeriod = rate,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        });
    });

    // Twice the queue, so that it is the queue that refuses first.
    private static PartitionedRateLimiter<HttpContext> LimitUploads(ConvNeXtClassifierOptions classifier) =>
        PartitionedRateLimiter.Create<HttpContext, bool>(context => !IsUpload(context)
            ? RateLimitPartition.GetNoLimiter(false)
            : RateLimitPartition.GetConcurrencyLimiter(true, _ => new ConcurrencyLimiterOptions { PermitLimit = 2 * classifier.QueueCapacity }));

    private static bool IsUpload(HttpContext context) => HttpMethods.IsPost(context.Request.Method);

    private static async ValueTask RejectAsync(OnRejectedContext rejected, CancellationToken canceled)
    {
        bool isRate = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan retry);
        Problems.SetRetry(rejected.HttpContext, retry);
        IResult answer = isRate
            ? Problems.Create(StatusCodes.Status429TooManyRequests, "This address sends more requests than it may; try again later.")
            : Problems.Create(StatusCodes.Status503ServiceUnavailable, "As many uploads as the service accepts are in progress; try again later.");
        await answer.ExecuteAsync(rejected.HttpContext);
    }
}
