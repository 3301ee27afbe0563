namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>Results of requests that were not classified.</summary>
internal static class Problems
{
    /// <summary>A result whose reason is the same for all requests.</summary>
    public static ClassificationResult Create(ClassificationStatus status) => Create(status, status switch
    {
        ClassificationStatus.QueueFull => "The queue of the classifier is full; try again later.",
        ClassificationStatus.TimedOut => "The image was not classified within the timeout.",
        ClassificationStatus.Unavailable => ImageClassifier.NotAccepting,
        _ => "The image was not classified because of a problem of the service, which is in its log.",
    });

    public static ClassificationResult Create(ClassificationStatus status, string problem) => new() { Status = status, Problem = problem };
}
