using ConvNeXt.MLNet.Hosting.Diagnostics;
using ConvNeXt.MLNet.Hosting.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConvNeXt.MLNet.Hosting;

/// <summary>Health checks of classifiers, to be added with <c>services.AddHealthChecks().Add(...)</c>.</summary>
public static class ConvNeXtHealthChecks
{
    /// <summary>The tag of <see cref="Live"/>.</summary>
    public const string LiveTag = "live";

    /// <summary>The tag of <see cref="Ready"/>.</summary>
    public const string ReadyTag = "ready";

    /// <summary>Unhealthy if a thread of the classifier has ended, which only a restart helps.</summary>
    /// <param name="classifier">The name of the classifier; null for the one without a name.</param>
    public static HealthCheckRegistration Live(string? classifier = null) =>
        Create("convnext-live", classifier, LiveTag, service => new LiveHealthCheck(service));

    /// <summary>
    /// Healthy once a model has classified a picture; degraded if the queue is nearly full (<see cref="ConvNeXtClassifierOptions.DegradedFrom"/>); unhealthy
    /// before the start and from the beginning of the shutdown.
    /// </summary>
    /// <param name="classifier">The name of the classifier; null for the one without a name.</param>
    public static HealthCheckRegistration Ready(string? classifier = null) =>
        Create("convnext-ready", classifier, ReadyTag, service => new ReadyHealthCheck(service));

    private static HealthCheckRegistration Create(string name, string? classifier, string tag, Func<ImageClassifier, IHealthCheck> create) => new(
        classifier is null ? name : $"{name}-{classifier}",
        services => create(services.GetRequiredKeyedService<ImageClassifier>(classifier ?? ConvNeXtServiceCollectionExtensions.NoName)),
        HealthStatus.Unhealthy,
        [tag]);
}
