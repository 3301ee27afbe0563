namespace ConvNeXt.MLNet.Hosting;

/// <summary>Names for collecting metrics and traces, for example with OpenTelemetry's AddMeter and AddSource.</summary>
public static class ConvNeXtTelemetry
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "ConvNeXt.MLNet";

    /// <summary>The name of the activity source.</summary>
    public const string ActivitySourceName = "ConvNeXt.MLNet";
}
