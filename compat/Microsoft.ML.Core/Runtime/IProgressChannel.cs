namespace Microsoft.ML.Runtime;

public interface IProgressChannelProvider
{
    IProgressChannel StartProgressChannel(string name);
}

/// <summary>Reports the progress of one computation.</summary>
public interface IProgressChannel : IProgressChannelProvider, IDisposable
{
    /// <summary>Names what is reported, and gives the action that fills in its values when somebody looks.</summary>
    void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction);

    /// <summary>Reports now: the metrics, then the progress values, then their limits, as the header orders them; the last may be left out.</summary>
    void Checkpoint(params double?[] values);
}

/// <summary>The names of the metrics and progress units of a computation.</summary>
public sealed class ProgressHeader
{
    public readonly IReadOnlyList<string> UnitNames;
    public readonly IReadOnlyList<string> MetricNames;

    public ProgressHeader(string[]? metricNames, string[]? unitNames)
    {
        MetricNames = metricNames ?? [];
        UnitNames = unitNames ?? [];
    }

    public ProgressHeader(params string[]? unitNames)
        : this(null, unitNames)
    {
    }
}

/// <summary>Receives the values of one report.</summary>
public interface IProgressEntry
{
    void SetProgress(int index, double value);

    void SetProgress(int index, double value, double lim);

    void SetMetric(int index, double value);
}
