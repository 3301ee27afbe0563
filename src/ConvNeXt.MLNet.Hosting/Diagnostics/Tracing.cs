using System.Diagnostics;
using ConvNeXt.MLNet.Hosting.Serving;

namespace ConvNeXt.MLNet.Hosting.Diagnostics;

/// <summary>Traces: an activity for each request below the caller's, and one for each batch with links to its requests.</summary>
internal static class Tracing
{
    public const string Request = "classify image", Batch = "compute batch";

    private static readonly ActivitySource _source = new(ConvNeXtTelemetry.ActivitySourceName);

    public static Activity? StartRequest() => _source.StartActivity(Request);

    public static Activity? StartBatch(IReadOnlyList<ClassificationRequest> requests)
    {
        if (!_source.HasListeners()) return null;
        IEnumerable<ActivityLink> links = requests.Where(request => request.Trace != default).Select(request => new ActivityLink(request.Trace));
        Activity? activity = _source.StartActivity(Batch, ActivityKind.Internal, parentContext: default, links: links);
        return activity?.SetTag("convnext.classification.batch.size", requests.Count);
    }
}
