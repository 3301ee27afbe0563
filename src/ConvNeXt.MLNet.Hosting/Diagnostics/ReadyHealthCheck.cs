using ConvNeXt.MLNet.Hosting.Serving;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ConvNeXt.MLNet.Hosting.Diagnostics;

/// <summary>Whether the classifier accepts requests. A model is only in use after it has classified a picture.</summary>
internal sealed class ReadyHealthCheck(ImageClassifier classifier) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        int length = classifier.QueueLength, capacity = classifier.Options.QueueCapacity;
        var data = new Dictionary<string, object> { ["queueLength"] = length, ["queueCapacity"] = capacity };
        if (classifier.ModelVersion is { } version) data["modelVersion"] = version;
        if (classifier.ModelProblem is { } problem) data["modelProblem"] = problem;
        return Task.FromResult(
            !classifier.IsAccepting ? new HealthCheckResult(context.Registration.FailureStatus, ImageClassifier.NotAccepting, data: data)
            : classifier.IsNearlyFull ? HealthCheckResult.Degraded("The queue is nearly full.", data: data)
            : HealthCheckResult.Healthy(data: data));
    }
}
