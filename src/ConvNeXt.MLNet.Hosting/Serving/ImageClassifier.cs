using System.Diagnostics;
using System.Diagnostics.Metrics;
using ConvNeXt.MLNet.Hosting.Diagnostics;
using ConvNeXt.MLNet.Hosting.Models;
using ConvNeXt.MLNet.Scoring;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ConvNeXt.MLNet.Hosting.Serving;

/// <summary>The service: admission, a line of encoded images, threads that decode, a line of prepared images, and the lanes in front of the network.</summary>
internal sealed class ImageClassifier : IImageClassifier, IHostedService, IDisposable
{
    public const string NotAccepting = "The classifier accepts no requests: it has not been started, or it is shutting down.";

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ClassifierMetrics _metrics;
    private readonly ModelStore _models;
    private readonly Admission _admission;
    private readonly WaitEstimate _estimate;
    private readonly WaitingLine _encoded = new();
    private readonly PreparedLine _prepared;
    private readonly ImageDecoder _decoder;
    private readonly int _decodingThreads;
    private readonly HeatMapComputer _heatMaps;
    private WorkerThread[] _threads = [];

    public ImageClassifier(string name, ConvNeXtClassifierOptions options, IMeterFactory? meters, ILogger logger, TimeProvider time)
    {
        (Options, _time, _logger) = (options, time, logger);
        _metrics = new ClassifierMetrics(meters, name);
        _models = new ModelStore(options, new ModelLoader(options), time, _metrics, logger);
        _decodingThreads = options.DecodingThreads > 0 ? options.DecodingThreads : Environment.ProcessorCount;
        _estimate = new WaitEstimate(time, _decodingThreads);
        _admission = new Admission(options.QueueCapacity, options.MaxExpectedWait, requests => _estimate.Find(requests, _encoded.Count));
        _prepared = new PreparedLine(options, _estimate, time);
        _decoder = new ImageDecoder(options, _encoded, _prepared, _estimate, logger);
        _heatMaps = new HeatMapComputer(options, _admission, _models, logger);
        _metrics.ObserveQueue(() => QueueLength, options.QueueCapacity);
    }

    public ConvNeXtClassifierOptions Options { get; }

    public string? ModelVersion => _models.Current?.Version;

    public IReadOnlyList<string> Labels => _models.Current?.Labels ?? [];

    /// <summary>Accepted requests that are not finished.</summary>
    public int QueueLength => _admission.Taken;

    public bool IsAccepting => _models.Current is not null && !_admission.IsClosed;

    /// <summary>Whether the queue is filled to the share from which the service counts as degraded.</summary>
    public bool IsNearlyFull => _admission.IsFilledTo(Options.DegradedFrom);

    public bool HasEndedThread => _threads.Any(thread => thread.HasFailed);

    /// <summary>Why the file that was tried last is not used; null if it is.</summary>
    public string? ModelProblem => _models.LastProblem;

    /// <summary>The current model; for tests.</summary>
    internal LoadedModel? Model => _models.Current;

    /// <summary>Images that are decoded and wait for the network; for tests.</summary>
    internal int PreparedCount => _prepared.Count;

    public static ImageClassifier Create(IServiceProvider services, string name) => new(
        name,
        services.GetRequiredService<IOptionsMonitor<ConvNeXtClassifierOptions>>().Get(name),
        services.GetService<IMeterFactory>(),
        services.GetService<ILoggerFactory>()?.CreateLogger("ConvNeXt.MLNet.Hosting") ?? NullLogger.Instance,
        services.GetService<TimeProvider>() ?? TimeProvider.System);

    public Task<ClassificationResult> ClassifyAsync(ReadOnlyMemory<byte> image, ClassifyOptions? options = null, CancellationToken cancellationToken = default)
    {
        options?.Validate();
        return RunAsync(new ImageInput(image, null), stream: null, options, waitForPlace: false, cancellationToken);
    }

    public Task<ClassificationResult> ClassifyAsync(Stream image, ClassifyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        options?.Validate();
        return RunAsync(default, image, options, waitForPlace: false, cancellationToken);
    }

    public Task<ClassificationResult> ClassifyAsync(string path, ClassifyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        options?.Validate();
        return RunAsync(new ImageInput(default, path), stream: null, options, waitForPlace: false, cancellationToken);
    }

    public IAsyncEnumerable<ClassificationResult> ClassifyManyAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> images, ClassifyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return RunManyAsync(images.Select(static image => new ImageInput(image, null)), options, cancellationToken);
    }

    public IAsyncEnumerable<ClassificationResult> ClassifyManyAsync(
        IEnumerable<string> paths, ClassifyOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return RunManyAsync(paths.ToAsyncEnumerable().Select(static path => new ImageInput(default, path)), options, cancellationToken);
    }

    public async Task<HeatMapResult> ComputeHeatMapAsync(Stream image, string? label = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        try
        {
            byte[] encoded = await StreamReading.ReadAsync(image, Options.MaxImageBytes, cancellationToken).ConfigureAwait(false);
            return await _heatMaps.ComputeAsync(encoded, label, cancellationToken).ConfigureAwait(false);
        }
        catch (ImageTooLargeException e)
        {
            return new HeatMapResult { Status = ClassificationStatus.ImageTooLarge, Problem = e.Message };
        }
    }

    /// <summary>Loads the model and starts the threads.</summary>
    /// <exception cref="InvalidDataException">The model cannot be used; the host does not start.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Task.Run(_models.Open, cancellationToken).ConfigureAwait(false);
        _threads =
        [
            .. Enumerable.Range(0, ImageScorer.MostPassesAtOnce).Select(_ => new WorkerThread("ConvNeXt computing", CreateLane().Run, _logger.ThreadEnded)),
            .. Enumerable.Range(0, _decodingThreads).Select(_ => new WorkerThread("ConvNeXt decoding", _decoder.Run, _logger.ThreadEnded)),
        ];
    }

    /// <summary>Accepts no more requests and finishes the accepted ones, as far as the deadline allows.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task drained = _admission.CloseAsync();
        if (!drained.IsCompleted)
        {
            _logger.Draining(QueueLength);
            try
            {
                await drained.WaitAsync(Options.ShutdownTimeout, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                _logger.DrainTimedOut(QueueLength);
            }
        }
        Dispose();
    }

    public void Dispose()
    {
        _ = _admission.CloseAsync();
        foreach (WaitingLine line in (WaitingLine[])[_encoded, _prepared])
            foreach (ClassificationRequest request in line.Close()) request.Complete(Problems.Create(ClassificationStatus.Unavailable));
        _models.Dispose();
        _metrics.Dispose();
    }

    private ScoringLane CreateLane() => new(_prepared, _estimate, _metrics, _time, _logger);

    private IAsyncEnumerable<ClassificationResult> RunManyAsync(
        IAsyncEnumerable<ImageInput> images, ClassifyOptions? options, CancellationToken cancellationToken)
    {
        options?.Validate();
        // One batch is computed while the next one is decoded.
        int ahead = Math.Min(2 * Options.MaxBatchSize, Options.QueueCapacity);
        return OrderedResults.RunAsync(images, (image, token) => RunAsync(image, stream: null, options, waitForPlace: true, token), ahead, cancellationToken);
    }

    private async Task<ClassificationResult> RunAsync(
        ImageInput image, Stream? stream, ClassifyOptions? options, bool waitForPlace, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        using Activity? activity = Tracing.StartRequest();
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            ClassificationResult result = await FindAsync(image, stream, options, waitForPlace, cancellationToken).ConfigureAwait(false);
            result = result with { Timings = result.Timings with { Total = _time.GetElapsedTime(start) }, RetryAfter = FindRetry(result.Status) };
            _metrics.Record(result);
            _metrics.Describe(activity, result);
            if (!result.IsClassified) _logger.NotClassified(result.Status, result.Problem);
            return result;
        }
        catch (OperationCanceledException)
        {
            _metrics.RecordCanceled(_time.GetElapsedTime(start));
            activity?.SetStatus(ActivityStatusCode.Error, "canceled");
            throw;
        }
    }

    private TimeSpan? FindRetry(ClassificationStatus status)
    {
        if (status is not (ClassificationStatus.QueueFull or ClassificationStatus.TimedOut)) return null;
        TimeSpan wait = _estimate.Find(QueueLength, _encoded.Count);
        return wait > TimeSpan.Zero ? wait : null;
    }

    private async Task<ClassificationResult> FindAsync(
        ImageInput image, Stream? stream, ClassifyOptions? options, bool waitForPlace, CancellationToken cancellationToken)
    {
        try
        {
            if (stream is not null)
            {
                // An upload takes no place in the queue, but with a full queue it is not read either.
                if (_models.Current is null || _admission.IsClosed) return Problems.Create(ClassificationStatus.Unavailable);
                if (_admission.IsFull) return Problems.Create(ClassificationStatus.QueueFull);
                image = new ImageInput(await StreamReading.ReadAsync(stream, Options.MaxImageBytes, cancellationToken).ConfigureAwait(false), null);
            }
            ImageTooLargeException.ThrowIfLonger(image.Encoded.Length, Options.MaxImageBytes);
        }
        catch (ImageTooLargeException e)
        {
            return Problems.Create(ClassificationStatus.ImageTooLarge, e.Message);
        }
        ClassificationStatus? refusal = waitForPlace ? await _admission.EnterAsync(cancellationToken).ConfigureAwait(false) : _admission.TryEnter();
        if (refusal is { } status) return Problems.Create(status);
        if (_models.Enter() is not { } model)
        {
            _admission.FreePlace();
            _admission.Leave();
            return Problems.Create(ClassificationStatus.Unavailable);
        }
        return await ProcessAsync(new ClassificationRequest(image, RequestSettings.Create(Options, options), model, _admission, _time), cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task<ClassificationResult> ProcessAsync(ClassificationRequest request, CancellationToken cancellationToken)
    {
        TimeSpan timeout = request.Settings.Timeout;
        using ITimer? timer = timeout == Timeout.InfiniteTimeSpan
            ? null
            : _time.CreateTimer(static state => ((ClassificationRequest)state!).TimeOut(), request, timeout, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration cancel = cancellationToken.UnsafeRegister(
            static (state, token) => ((ClassificationRequest)state!).Cancel(token), request);
        request.WaitIn(_encoded);
        return await request.Task.ConfigureAwait(false);
    }
}
