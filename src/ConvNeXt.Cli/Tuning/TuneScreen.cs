using System.Diagnostics;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet.Tuning;
using static System.FormattableString;

namespace ConvNeXt.Cli.Tuning;

/// <summary>Shows a search: a line for each measured trial, and on a terminal a live line.</summary>
internal sealed class TuneScreen(ToolConsole console, TimeSpan? limit)
{
    private const double SecondsBetween = 0.1;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private double _next;

    /// <summary>Shows what the search is doing.</summary>
    public void Report(TuningProgress progress)
    {
        if (progress.Measured is { } trial) console.Tell(Invariant($"{Time(progress.Elapsed)}  {trial}"));
        else if (progress.Step is { } step) ShowStep(progress, step);
    }

    private void ShowStep(TuningProgress progress, TrainingProgress step)
    {
        if (_watch.Elapsed.TotalSeconds < _next) return;
        _next = _watch.Elapsed.TotalSeconds + SecondsBetween;
        string of = limit is { } time ? $" of {Time(time)}" : "";
        console.ShowLive(Invariant(
            $"{Time(progress.Elapsed)}{of}  {progress.Activity}: epoch {step.Epoch}/{step.Epochs}  loss {step.Loss:0.000}  {step.ImagesPerSecond:0} images/s"));
    }

    private static string Time(TimeSpan time) => time.TotalHours >= 1 ? Invariant($"{(int)time.TotalHours}:{time:mm\\:ss}") : Invariant($"{time:mm\\:ss}");
}
