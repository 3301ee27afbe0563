using System.Diagnostics;
using ConvNeXt.MLNet.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ConvNeXt.Tests;

/// <summary>Metrics and traces as OpenTelemetry collects them.</summary>
[TestClass]
[DoNotParallelize]
public sealed class TelemetryTests
{
    [TestMethod]
    public async Task OpenTelemetry_CollectsTheMetricsOfTheDocumentation_WithTheirUnits()
    {
        var metrics = new List<Metric>();
        await using ServedApp app = await ServedApp.StartAsync(build: builder => builder.Services.AddOpenTelemetry().WithMetrics(
            collection => collection.AddMeter(ConvNeXtTelemetry.MeterName).AddInMemoryExporter(metrics)));
        (await app.PostAsync(Pictures.Encoded[0])).EnsureSuccessStatusCode();
        await app.PostAsync(Pictures.Broken);
        Assert.IsTrue(app.Services.GetRequiredService<MeterProvider>().ForceFlush());

        string[] page = await File.ReadAllLinesAsync(Path.Combine(TestFolders.Repository, "docs", "serving.md"));
        string[] documented = [.. page.Where(line => line.StartsWith("| `convnext.", StringComparison.Ordinal)).Select(row => row.Split('|'))
            .Select(cells => $"{cells[1].Trim(' ', '`')} {cells[2].Trim(' ', '`')}")];
        CollectionAssert.AreEquivalent(documented, metrics.Select(metric => $"{metric.Name} {metric.Unit}").ToArray());

        MetricPoint confidence = Points(metrics, "convnext.classification.confidence").Single();
        Assert.AreEqual(1, confidence.GetHistogramCount());
        Assert.AreEqual(Pictures.First.Scores[0].Max(), confidence.GetHistogramSum());
        Dictionary<object, long> requests = Points(metrics, "convnext.classification.duration")
            .ToDictionary(point => Tag(point, "convnext.classification.status")!, point => point.GetHistogramCount());
        CollectionAssert.AreEquivalent((string[])["classified", "unreadable_image"], requests.Keys.ToArray());
        Assert.AreEqual(2, requests.Values.Sum());
    }

    [TestMethod]
    public async Task OpenTelemetry_CollectsATraceFromTheRequestToTheBatch()
    {
        var activities = new List<Activity>();
        await using ServedApp app = await ServedApp.StartAsync(build: builder => builder.Services.AddOpenTelemetry().WithTracing(
            collection => collection.AddSource(ConvNeXtTelemetry.ActivitySourceName).AddAspNetCoreInstrumentation().AddInMemoryExporter(activities)));
        (await app.PostAsync(Pictures.Encoded[0])).EnsureSuccessStatusCode();
        TracerProvider tracer = app.Services.GetRequiredService<TracerProvider>();
        for (int i = 0; i < 1000 && activities.Count < 3; i++)
        {
            await Task.Delay(10); // the request ends after its answer
            Assert.IsTrue(tracer.ForceFlush());
        }
        Activity request = activities.Single(activity => activity.Kind == ActivityKind.Server);
        Activity image = activities.Single(activity => activity.OperationName == "classify image");
        Activity batch = activities.Single(activity => activity.OperationName == "compute batch");
        Assert.AreEqual(request.SpanId, image.ParentSpanId);
        Assert.AreEqual(image.SpanId, batch.Links.Single().Context.SpanId);
        Assert.AreEqual("classified", image.GetTagItem("convnext.classification.status"));
    }

    private static IEnumerable<MetricPoint> Points(List<Metric> metrics, string name)
    {
        foreach (ref readonly MetricPoint point in metrics.Single(metric => metric.Name == name).GetMetricPoints()) yield return point;
    }

    private static object? Tag(MetricPoint point, string name)
    {
        foreach (KeyValuePair<string, object?> tag in point.Tags)
            if (tag.Key == name) return tag.Value;
        return null;
    }
}
