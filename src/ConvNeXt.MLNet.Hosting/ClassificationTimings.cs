namespace ConvNeXt.MLNet.Hosting;

/// <summary>How long the parts of a request took. Parts that a request did not get to are zero.</summary>
public readonly record struct ClassificationTimings
{
    /// <summary>From the call to the result.</summary>
    public TimeSpan Total { get; init; }

    /// <summary>Waiting, for a thread that decodes and for the network.</summary>
    public TimeSpan Waiting { get; init; }

    /// <summary>Decoding, resizing and normalizing the image.</summary>
    public TimeSpan Decoding { get; init; }

    /// <summary>Running the network over the batch that the image was in.</summary>
    public TimeSpan Computing { get; init; }
}
