using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ConvNeXt.MLNet.Hosting.Diagnostics;

/// <summary>The metrics of one classifier; names and units follow OpenTelemetry's conventions. docs/serving.md lists them.</summary>
internal sealed class ClassifierMetrics : IDisposable
{
    private const string NameTag = "convnext.classifier.name", StatusTag = "convnext.classification.status", VersionTag = "convnext.model.version";

    // Advice for collectors; without it, OpenTelemetry's default buckets are for milliseconds.
    private static readonly InstrumentAdvice<double> _seconds =
        new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] };

    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly KeyValuePair<string, object?> _name;
    private readonly Histogram<double> _duration, _waiting, _decoding, _computing, _confidence;
    private readonly Histogram<int> _batchSize;
    private readonly Counter<long> _loads;

    /// <summary>Creates the instruments.</summary>
    /// <param name="factory">The host's factory of meters; null for a meter of its own.</param>
    /// <param name="classifier">Name of the classifier, empty if it has none.</param>
    public ClassifierMetrics(IMeterFactory? factory, string classifier)
    {
        _meter = factory?.Create(ConvNeXtTelemetry.MeterName) ?? new Meter(ConvNeXtTelemetry.MeterName);
        _ownsMeter = factory is null; // a factory disposes its meters
        _name = new(NameTag, classifier.Length == 0 ? "default" : classifier);
        _duration = Seconds("convnext.classification.duration", "Duration of requests, from the call to the result.");
        _waiting = Seconds("convnext.classification.queue.duration", "Time that a classified image waited for decoding and for the network.");
        _decoding = Seconds("convnext.classification.decode.duration", "Time of decoding and resizing a classified image.");
        _computing = Seconds("convnext.classification.compute.duration", "Time of computing a batch.");
        _batchSize = _meter.CreateHistogram(
            "convnext.classification.batch.size", "{image}", "Images computed together.", null,
            new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64] });
        _confidence = _meter.CreateHistogram(
            "convnext.classification.confidence", "1", "Probability of the most likely class; a shift tells that images are not those of the training.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99] });
        _loads = _meter.CreateCounter<long>("convnext.model.loads", "{load}", "Attempts to load a model file.");
    }

    /// <summary>Observes the queue.</summary>
    public void ObserveQueue(Func<int> length, int capacity)
    {
        _meter.CreateObservableUpDownCounter(
            "convnext.classification.queue.length", () => new Measurement<int>(length(), _name), "{request}", "Accepted requests that are not finished.");
        _meter.CreateObservableUpDownCounter(
            "convnext.classification.queue.limit", () => new Measurement<int>(capacity, _name), "{request}", "Requests that are accepted at most.");
    }

    /// <summary>A request has its result.</summary>
    public void Record(ClassificationResult result)
    {
        _duration.Record(result.Timings.Total.TotalSeconds, _name, new(StatusTag, StatusName(result.Status)));
        if (!result.IsClassified) return;
        _waiting.Record(result.Timings.Waiting.TotalSeconds, _name);
        _decoding.Record(result.Timings.Decoding.TotalSeconds, _name);
        _confidence.Record(result.Probability, _name, new(VersionTag, result.ModelVersion));
    }

    /// <summary>A request was canceled by its caller.</summary>
    public void RecordCanceled(TimeSpan duration) => _duration.Record(duration.TotalSeconds, _name, new(StatusTag, "canceled"));

    /// <summary>A batch was computed.</summary>
    public void RecordBatch(int count, TimeSpan duration)
    {
        _batchSize.Record(count, _name);
        _computing.Record(duration.TotalSeconds, _name);
    }

    /// <summary>A model file was loaded, or could not be.</summary>
    public void CountLoad(bool succeeded) => _loads.Add(1, _name, new("convnext.model.load.outcome", succeeded ? "loaded" : "rejected"));

    /// <summary>Adds what a trace shows of a result.</summary>
    public void Describe(Activity? activity, ClassificationResult result)
    {
        if (activity is null) return;
        activity.SetTag(NameTag, _name.Value).SetTag(StatusTag, StatusName(result.Status));
        if (result.IsClassified)
            activity.SetTag(VersionTag, result.ModelVersion).SetTag("convnext.classification.batch.size", result.BatchSize);
        else activity.SetStatus(ActivityStatusCode.Error, result.Problem).SetTag("error.type", StatusName(result.Status));
    }

    public void Dispose()
    {
        if (_ownsMeter) _meter.Dispose();
    }

    private Histogram<double> Seconds(string name, string description) => _meter.CreateHistogram(name, "s", description, null, _seconds);

    private static string StatusName(ClassificationStatus status) => status switch
    {
        ClassificationStatus.Classified => "classified",
        ClassificationStatus.UnreadableImage => "unreadable_image",
        ClassificationStatus.ImageTooLarge => "image_too_large",
        ClassificationStatus.QueueFull => "queue_full",
        ClassificationStatus.TimedOut => "timed_out",
        ClassificationStatus.Unavailable => "unavailable",
        _ => "failed",
    };
}
