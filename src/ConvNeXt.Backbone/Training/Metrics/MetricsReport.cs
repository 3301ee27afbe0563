using ConvNeXt.Backbone.Training.Loop;

namespace ConvNeXt.Backbone.Training.Metrics;

/// <summary>
/// Writes a run's <see cref="MetricsLog"/> without ending the run when the file cannot be written, as while a spreadsheet has it open: lines are kept and
/// written as soon as possible.
/// </summary>
internal sealed class MetricsReport
{
    private readonly MetricsLog _log;
    private readonly OptionalWrite _write;

    private MetricsReport(MetricsLog log, OptionalWrite write) => (_log, _write) = (log, write);

    /// <summary>Creates the metrics file that the options ask for; returns null if they ask for none.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal static MetricsReport? Create(TrainingOptions options, int classCount, Retry retry, Action<string> warn) =>
        MetricsLog.Create(options, classCount) is { } log ? new MetricsReport(log, new OptionalWrite(retry, warn)) : null;

    /// <summary>Checks that the file of a resumed run has the same columns.</summary>
    /// <exception cref="IOException">It has others.</exception>
    internal void CheckColumns() => _log.CheckColumns();

    /// <summary>Adds the line of an epoch.</summary>
    internal void Add(EpochMetrics epoch)
    {
        _log.Add(epoch);
        _write.TryRun(retry => retry.Write(_log.Flush), $"Training continues; the lines are written to '{_log.Path}' when that is possible again.");
    }

    /// <summary>Writes the lines that could not be written before.</summary>
    internal void Finish()
    {
        if (_log.PendingLines == 0) return;
        _write.TryRun(retry => retry.Write(_log.Flush), $"The last {_log.PendingLines} lines of '{_log.Path}' are missing.", isLast: true);
    }
}
