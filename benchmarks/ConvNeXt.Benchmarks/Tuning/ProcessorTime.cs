using System.Diagnostics;

namespace ConvNeXt.Benchmarks.Tuning;

/// <summary>A clock that shows the processor time of this process, so that a search gets as far on a machine that others use as on an idle one.</summary>
internal sealed class ProcessorTime : TimeProvider
{
    private readonly Process _process = Process.GetCurrentProcess();

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        _process.Refresh();
        return _process.TotalProcessorTime.Ticks;
    }
}
