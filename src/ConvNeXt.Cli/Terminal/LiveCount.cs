using System.Diagnostics;
using static System.FormattableString;

namespace ConvNeXt.Cli.Terminal;

/// <summary>Shows how many of some things are done on the live line, a few times per second. Any thread may report.</summary>
internal sealed class LiveCount(ToolConsole console, string what) : IDisposable
{
    private const double SecondsBetween = 0.1;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private double _next;

    /// <summary>Reports that so many are done.</summary>
    public void Report(int done, int all)
    {
        double now = _watch.Elapsed.TotalSeconds;
        lock (_lock)
        {
            if (now < _next) return;
            _next = now + SecondsBetween;
        }
        console.ShowLive(Invariant($"{what}: {done} of {all}"));
    }

    /// <summary>Removes the line.</summary>
    public void Dispose() => console.EndLive();
}
