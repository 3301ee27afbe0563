using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ConvNeXt.MLNet.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace ConvNeXt.Tests;

/// <summary>What operators see: metrics, traces, health and logs.</summary>
[TestClass]
[DoNotParallelize]
public sealed class DiagnosticsTests
{
    [TestMethod]
    public async Task EveryMetricOfTheDocumentation_IsEmitted_WithItsUnit_AndNoOther()
    {
        using var meters = new MeasuredValues();
        await using TestService service = await TestService.StartAsync();
        await service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        await service.Classifier.ClassifyAsync(Pictures.Broken);
        meters.RecordObservable();
        string[] page = await File.ReadAllLinesAsync(Path.Combine(TestFolders.Repository, "docs", "serving.md"));
        string[] rows = [.. page.Where(line => line.StartsWith("| `convnext.", StringComparison.Ordinal))];
        string[] documented = [.. rows.Select(row => row.Split('|')).Select(cells => $"{cells[1].Trim(' ', '`')} {cells[2].Trim(' ', '`')}")];
        CollectionAssert.AreEquivalent(documented, meters.Values.Select(value => $"{value.Name} {value.Unit}").Distinct().ToArray());
    }

    [TestMethod]
    public async Task Metrics_TellHowRequestsEnded_AndHowSureTheModelIs()
    {
        using var meters = new MeasuredValues();
        await using TestService service = await TestService.StartHeldAsync(options => options.QueueCapacity = 2);
        Task<ClassificationResult>[] accepted = [.. Pictures.Encoded.Take(1).Select(image => service.Classifier.ClassifyAsync(image))];
        using var cancellation = new CancellationTokenSource();
        Task<ClassificationResult> canceled = service.Classifier.ClassifyAsync(Pictures.Encoded[1], cancellationToken: cancellation.Token);
        await service.Classifier.ClassifyAsync(Pictures.Encoded[2]);
        meters.RecordObservable();
        Assert.AreEqual(2, meters.Single("convnext.classification.queue.length"));
        Assert.AreEqual(2, meters.Single("convnext.classification.queue.limit"));
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => canceled);
        await TestService.WaitAsync(() => service.Internals.QueueLength == 1, "the canceled image to leave");
        await service.WaitForPreparedAsync(1);
        service.Release();
        await accepted[0];
        await service.Classifier.ClassifyAsync(Pictures.Broken);

        string[] statuses = [.. meters.Named("convnext.classification.duration").Select(value => (string)value.Tags["convnext.classification.status"]!)];
        CollectionAssert.IsSubsetOf((string[])["canceled", "classified", "queue_full", "unreadable_image"], statuses);
        MeasuredValue confidence = meters.Named("convnext.classification.confidence").Single();
        Assert.AreEqual((double)Pictures.First.Scores[0].Max(), confidence.Value);
        Assert.AreEqual(service.Classifier.ModelVersion, confidence.Tags["convnext.model.version"]);
        Assert.IsTrue(meters.Values.All(value => (string?)value.Tags["convnext.classifier.name"] == "default"));
        Assert.AreEqual("loaded", meters.Named("convnext.model.loads").Single().Tags["convnext.model.load.outcome"]);
    }

    [TestMethod]
    public async Task ATrace_ShowsTheRequestBelowItsCaller_AndItsBatch()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is ConvNeXtTelemetry.ActivitySourceName or "caller",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("caller");
        await using TestService service = await TestService.StartAsync();
        using (Activity caller = source.StartActivity("upload")!)
        {
            await service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
            await TestService.WaitAsync(() => ended.Any(activity => activity.OperationName == "compute batch"), "the batch");
            Activity request = ended.Single(activity => activity.OperationName == "classify image");
            Activity batch = ended.Single(activity => activity.OperationName == "compute batch");
            Assert.AreEqual(caller.SpanId, request.ParentSpanId);
            Assert.AreEqual("classified", request.GetTagItem("convnext.classification.status"));
            Assert.AreEqual(service.Classifier.ModelVersion, request.GetTagItem("convnext.model.version"));
            Assert.AreEqual(request.SpanId, batch.Links.Single().Context.SpanId);
        }
        await service.Classifier.ClassifyAsync(Pictures.Broken);
        Activity failed = ended.Last(activity => activity.OperationName == "classify image");
        Assert.AreEqual(ActivityStatusCode.Error, failed.Status);
        Assert.AreEqual("unreadable_image", failed.GetTagItem("error.type"));
    }

    [TestMethod]
    public async Task Health_IsReadyWithAModel_DegradedNearAFullQueue_AndUnhealthyWhileShuttingDown()
    {
        await using TestService service = await TestService.StartAsync(
            options => (options.QueueCapacity, options.DegradedFrom, options.MaxQueueDelay) = (4, 0.5, TestService.Delay),
            new ManualTime(),
            services => services.AddHealthChecks().Add(ConvNeXtHealthChecks.Live()).Add(ConvNeXtHealthChecks.Ready()));
        HealthReport idle = await CheckAsync(service);
        Assert.AreEqual(HealthStatus.Healthy, idle.Status);
        Assert.AreEqual(service.Classifier.ModelVersion, idle.Entries["convnext-ready"].Data["modelVersion"]);
        Task<ClassificationResult>[] requests = [.. Pictures.Encoded.Take(2).Select(image => service.Classifier.ClassifyAsync(image))];
        await service.WaitForPreparedAsync(2);
        HealthReport busy = await CheckAsync(service);
        Assert.AreEqual(HealthStatus.Degraded, busy.Entries["convnext-ready"].Status);
        Assert.AreEqual(HealthStatus.Healthy, busy.Entries["convnext-live"].Status);
        service.Release();
        await Task.WhenAll(requests);
        Assert.AreEqual(HealthStatus.Healthy, (await CheckAsync(service)).Status);
        await service.StopAsync();
        HealthReport stopped = await CheckAsync(service);
        Assert.AreEqual(HealthStatus.Unhealthy, stopped.Entries["convnext-ready"].Status);
        Assert.AreEqual(HealthStatus.Healthy, stopped.Entries["convnext-live"].Status);
    }

    [TestMethod]
    public async Task TheLog_SaysWhichModelIsUsed_AndNothingOfAnOrdinaryRequest()
    {
        var log = new RecordedLog();
        await using TestService service = await TestService.StartAsync(addServices: services => services.AddSingleton<ILoggerProvider>(log));
        await service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        string line = log.Lines.Single(text => text.StartsWith("ConvNeXt.MLNet.Hosting ", StringComparison.Ordinal));
        StringAssert.Contains(line, service.Classifier.ModelVersion);
        StringAssert.Contains(line, Pictures.First.Path);
    }

    private static Task<HealthReport> CheckAsync(TestService service) => service.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private sealed record MeasuredValue(string Name, string? Unit, double Value, IReadOnlyDictionary<string, object?> Tags);

    private sealed class MeasuredValues : IDisposable
    {
        private readonly MeterListener _listener = new();

        public MeasuredValues()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ConvNeXtTelemetry.MeterName) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();
        }

        public ConcurrentQueue<MeasuredValue> Values { get; } = new();

        public IEnumerable<MeasuredValue> Named(string name) => Values.Where(value => value.Name == name);

        public double Single(string name) => Named(name).Single().Value;

        public void RecordObservable() => _listener.RecordObservableInstruments();

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            Values.Enqueue(new MeasuredValue(instrument.Name, instrument.Unit, value, new Dictionary<string, object?>(tags.ToArray())));
    }

    private sealed class RecordedLog : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Logger(categoryName, Lines);

        public void Dispose()
        {
        }

        private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{category} {formatter(state, exception)}");
        }
    }
}
