using ConvNeXt.MLNet.Hosting.Serving;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConvNeXt.MLNet.Hosting.Diagnostics;

/// <summary>Whether the threads of the classifier run.</summary>
internal sealed class LiveHealthCheck(ImageClassifier classifier) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        classifier.HasEndedThread
            ? new HealthCheckResult(context.Registration.FailureStatus, "A thread of the classifier has ended.")
            : HealthCheckResult.Healthy());
}
