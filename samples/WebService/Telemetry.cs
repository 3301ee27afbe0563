using ConvNeXt.MLNet.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ConvNeXt.WebService;

/// <summary>Sends metrics and traces to a collector, if one is configured.</summary>
internal static class Telemetry
{
    /// <summary>The configuration key of the collector's address, and the environment variable of OpenTelemetry.</summary>
    private const string EndpointKey = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void Add(WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[EndpointKey])) return;
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(ConvNeXtTelemetry.MeterName).AddAspNetCoreInstrumentation())
            .WithTracing(traces => traces.AddSource(ConvNeXtTelemetry.ActivitySourceName).AddAspNetCoreInstrumentation())
            .UseOtlpExporter();
    }
}
