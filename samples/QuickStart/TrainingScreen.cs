using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Metrics;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Spectre.Console;

namespace QuickStart;

/// <summary>Shows a training run in the console: a progress bar, and a row per epoch above it.</summary>
internal sealed class TrainingScreen
{
    private readonly Lock _lock = new();
    private readonly List<string> _messages = [];
    private ProgressTask? _bar;
    private bool _started;

    /// <summary>Runs the training and shows the progress bar.</summary>
    public T Show<T>(Func<T> train)
    {
        T result = default!;
        AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(progress =>
            {
                _bar = progress.AddTask("reading images");
                result = train();
                _bar.Value = _bar.MaxValue;
            });
        _bar = null;
        foreach (string message in _messages) AnsiConsole.WriteLine(message);
        return result;
    }

    /// <summary>Updates the progress bar.</summary>
    public void Step(TrainingProgress progress)
    {
        if (_bar is null) return;
        _bar.MaxValue = (double)progress.Epochs * progress.StepsPerEpoch;
        _bar.Value = (double)(progress.Epoch - 1) * progress.StepsPerEpoch + progress.Step;
        _bar.Description = $"epoch {progress.Epoch}/{progress.Epochs}  loss {progress.Loss:0.000}  accuracy {progress.Accuracy:0.000}  "
            + $"{progress.ImagesPerSecond:0} images/s  {progress.TimeLeft:mm\\:ss} left";
    }

    /// <summary>Prints the row of an epoch.</summary>
    public void Epoch(EpochMetrics epoch)
    {
        if (!_started) AnsiConsole.WriteLine("epoch  train loss    acc  valid loss    acc  macro  images/s  seconds");
        _started = true;
        string validation = epoch.Validation is { } v ? $"{v.Loss,10:0.0000}  {v.MicroAccuracy,5:0.000}  {v.MacroAccuracy,5:0.000}" : $"{"-",10}  {"-",5}  {"-",5}";
        AnsiConsole.WriteLine($"{epoch.Epoch,5}  {epoch.TrainLoss,10:0.0000}  {epoch.TrainAccuracy,5:0.000}  {validation}  {epoch.ImagesPerSecond,8:0}  {epoch.Seconds,7:0.0}");
    }

    /// <summary>Collects warnings and errors; they are printed when training has ended.</summary>
    public void Hear(object? sender, LoggingEventArgs message)
    {
        if (message.Kind is not (ChannelMessageKind.Warning or ChannelMessageKind.Error)) return;
        lock (_lock) _messages.Add(message.Message);
    }
}
