using System.Diagnostics.CodeAnalysis;

namespace ConvNeXt.MLNet.Hosting;

/// <summary>What a classifier says about an image, or why it says nothing.</summary>
public sealed record ClassificationResult
{
    /// <summary>Whether the image was classified, and if not, why.</summary>
    public required ClassificationStatus Status { get; init; }

    /// <summary>Whether the image was classified.</summary>
    [MemberNotNullWhen(true, nameof(Label), nameof(ModelVersion))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsClassified => Status == ClassificationStatus.Classified;

    /// <summary>The most likely label, also if <see cref="IsUnsure"/>; null if the image was not classified.</summary>
    public string? Label { get; init; }

    /// <summary>The probability of <see cref="Label"/>, from 0 to 1; 0 if the image was not classified.</summary>
    public float Probability { get; init; }

    /// <summary>Whether <see cref="Probability"/> is below the threshold, so that the label should not be relied on.</summary>
    public bool IsUnsure { get; init; }

    /// <summary>The most likely classes, in order; as many as requested. Empty if the image was not classified.</summary>
    public IReadOnlyList<ClassProbability> Top { get; init; } = [];

    /// <summary>The version of the model that classified the image; null if it was not classified.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>Number of images that were computed together with this one, and itself; 0 if it was not computed.</summary>
    public int BatchSize { get; init; }

    /// <summary>How long the parts of the request took.</summary>
    public ClassificationTimings Timings { get; init; }

    /// <summary>Why the image was not classified, as a sentence; null if it was.</summary>
    public string? Problem { get; init; }

    /// <summary>
    /// After which time another attempt is worthwhile, if the queue was full or the time was over: the time of answering all accepted requests, as measured
    /// recently. Null if nothing was computed yet, and for other results.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }
}
