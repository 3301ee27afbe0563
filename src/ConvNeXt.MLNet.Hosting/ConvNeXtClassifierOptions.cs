using Microsoft.ML;

namespace ConvNeXt.MLNet.Hosting;

/// <summary>Settings of a classifier in a service. They are checked when the host starts, and read once.</summary>
public sealed class ConvNeXtClassifierOptions
{
    /// <summary>The longest time of a timer.</summary>
    internal static readonly TimeSpan LongestTime = TimeSpan.FromDays(24);

    /// <summary>The model file that ML.NET saved. Required.</summary>
    public string ModelPath { get; set; } = "";

    /// <summary>
    /// Number of requests that may be in the service at once: waiting, being decoded or computed. Further ones are refused at once. Each may hold a decoded
    /// image of the network's input size, 600 KB for 224 x 224 pixels, and its encoded bytes. From 1 to 100,000.
    /// </summary>
    public int QueueCapacity { get; set; } = 64;

    /// <summary>
    /// The longest time that a request may be expected to wait for its result, from the number of requests in the service and the time that the recent ones
    /// took. A request that would wait longer is refused at once, before its image is read, so that under overload the accepted ones are still answered in
    /// time. Two requests per core are accepted in any case. Above zero, at most 24 days; <see cref="Timeout.InfiniteTimeSpan"/> for no limit. It does not
    /// concern images of <see cref="IImageClassifier.ClassifyManyAsync(IEnumerable{string}, ClassifyOptions?, CancellationToken)"/>, which wait for a place.
    /// </summary>
    public TimeSpan MaxExpectedWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Number of images that are computed together at most, from 1 to 1024. On the CPU each core computes a batch of its own, so that a batch has more than one
    /// image only where an image takes less than some milliseconds, or with <see cref="MaxQueueDelay"/>.
    /// </summary>
    public int MaxBatchSize { get; set; } = 8;

    /// <summary>
    /// How long a decoded image may wait for others to be computed with, at most 10 seconds. With zero, the network takes what is there as soon as it is free:
    /// batches form by themselves under load where they are of use, and nobody waits without need.
    /// </summary>
    public TimeSpan MaxQueueDelay { get; set; }

    /// <summary>
    /// Whether the network computes with 8-bit products on the CPU: faster, and the probabilities change a little. Compare it with float32 on images of your
    /// own first (<see cref="ConvNeXtClassificationTransformer.Quantize"/>, or convnext evaluate with and without --int8).
    /// </summary>
    public bool Int8 { get; set; }

    /// <summary>Number of threads that decode images; 0 for one per core. At most 1024.</summary>
    public int DecodingThreads { get; set; }

    /// <summary>The longest time of a request from entering the queue to the result; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long accepted requests may take to finish when the host stops; the rest is answered with <see cref="ClassificationStatus.Unavailable"/>. The host
    /// has a limit of its own (HostOptions.ShutdownTimeout, 30 seconds), which should be longer.
    /// </summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Number of classes in <see cref="ClassificationResult.Top"/>, at least 1.</summary>
    public int TopCount { get; set; } = 5;

    /// <summary>The probability below which a result is unsure, from 0 to 1; with 0, none is.</summary>
    public double UnsureBelow { get; set; }

    /// <summary>The largest encoded image in bytes, from 1 to 512 MB.</summary>
    public int MaxImageBytes { get; set; } = 20 << 20;

    /// <summary>The largest image in pixels, checked before it is decoded, from 1 to 150 million. A decoded pixel takes up to 7 bytes for a moment.</summary>
    public int MaxImagePixels { get; set; } = 50_000_000;

    /// <summary>The folder that image paths are relative to and that no path may lead out of; null for files anywhere.</summary>
    public string? ImageRootFolder { get; set; }

    /// <summary>
    /// How often the model file is looked at; a changed one is loaded, verified and used for new requests. <see cref="Timeout.InfiniteTimeSpan"/> for never.
    /// </summary>
    public TimeSpan ModelPollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>An image that each model must be able to classify before it is used; null for a generated one.</summary>
    public string? VerificationImage { get; set; }

    /// <summary>The label that a model must give the <see cref="VerificationImage"/>; null for any.</summary>
    public string? VerificationLabel { get; set; }

    /// <summary>
    /// The share of <see cref="QueueCapacity"/>, or of <see cref="MaxExpectedWait"/>, from which the health check of readiness is degraded, above 0 to 1.
    /// </summary>
    public double DegradedFrom { get; set; } = 0.8;

    /// <summary>Changes the <see cref="MLContext"/> that a model is loaded with, for example its GpuDeviceId; null for the defaults.</summary>
    public Action<MLContext>? ConfigureContext { get; set; }
}
