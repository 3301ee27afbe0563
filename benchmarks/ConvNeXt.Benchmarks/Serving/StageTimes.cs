using System.Diagnostics.Metrics;
using ConvNeXt.MLNet.Hosting;

namespace ConvNeXt.Benchmarks.Serving;

/// <summary>How long the stages of a classifier's requests take on average, from its metrics.</summary>
internal sealed class StageTimes : IDisposable
{
    private static readonly (string Name, string Stage)[] _stages =
    [
        ("convnext.classification.duration", "in the classifier"),
        ("convnext.classification.queue.duration", "waiting"),
        ("convnext.classification.decode.duration", "decoding"),
        ("convnext.classification.compute.duration", "computing"),
    ];

    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (double Seconds, int Count)> _sums = [];

    /// <summary>Begins to listen.</summary>
    public StageTimes()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ConvNeXtTelemetry.MeterName) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            lock (_lock)
            {
                (double seconds, int count) = _sums.GetValueOrDefault(instrument.Name);
                _sums[instrument.Name] = (seconds + value, count + 1);
            }
        });
        _listener.Start();
    }

    /// <summary>The means in milliseconds, to be appended to a line; empty if no classifier was used.</summary>
    public override string ToString()
    {
        lock (_lock)
        {
            return string.Concat(_stages.Where(stage => _sums.ContainsKey(stage.Name))
                .Select(stage => $"; {stage.Stage} {1e3 * _sums[stage.Name].Seconds / _sums[stage.Name].Count:0.0} ms"));
        }
    }

    public void Dispose() => _listener.Dispose();
}
