using System.Diagnostics;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Metrics;
using ConvNeXt.Cli.Terminal;
using static System.FormattableString;

namespace ConvNeXt.Cli.Training;

/// <summary>Shows a run: on a terminal a live line, otherwise a line for each epoch.</summary>
internal sealed class TrainingScreen(ToolConsole console)
{
    private const double SecondsBetween = 0.1;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private double _next;
    private string _validation = "";

    /// <summary>Number of completed epochs.</summary>
    public int Epochs { get; private set; }

    /// <summary>Rewrites the live line, a few times per second.</summary>
    public void Step(TrainingProgress progress)
    {
        if (_watch.Elapsed.TotalSeconds < _next) return;
        _next = _watch.Elapsed.TotalSeconds + SecondsBetween;
        TimeSpan time = progress.TimeLeft;
        string left = time.TotalHours >= 1 ? Invariant($"{(int)time.TotalHours}:{time:mm\\:ss}") : Invariant($"{time:mm\\:ss}");
        string epoch = Invariant($"epoch {progress.Epoch}/{progress.Epochs}  loss {progress.Loss:0.000}  accuracy {progress.Accuracy:0.000}{_validation}");
        console.ShowLive(Invariant($"{epoch}  {progress.ImagesPerSecond:0} images/s  {left} left"));
    }

    /// <summary>Remembers the metrics for the live line, or writes a line.</summary>
    public void Epoch(EpochMetrics metrics)
    {
        Epochs = metrics.Epoch;
        if (metrics.Validation is { } validation) _validation = Invariant($"  validation {validation.MicroAccuracy:0.000}");
        if (!console.IsTerminal) console.Tell($"{metrics}");
    }
}
