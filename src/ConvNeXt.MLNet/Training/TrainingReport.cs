using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Metrics;
using Microsoft.ML.Runtime;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Training;

/// <summary>Reports a training run to the log and the progress channel of ML.NET.</summary>
internal sealed class TrainingReport : IDisposable
{
    private readonly IChannel _channel;
    private readonly IProgressChannel _progress;
    private volatile TrainingProgress? _latest;

    public TrainingReport(IHost host, IChannel channel)
    {
        _channel = channel;
        _progress = host.StartProgressChannel("ConvNeXt training");
        _progress.SetHeader(new ProgressHeader(["loss", "accuracy"], ["epochs", "steps"]), Fill);
    }

    /// <summary>Number of completed steps.</summary>
    public int Steps { get; private set; }

    /// <summary>Logs the memory that training will take, before it starts.</summary>
    /// <param name="bytes">The memory in bytes.</param>
    /// <param name="engine">The engine.</param>
    public void Plan(long bytes, string engine) =>
        Tell($"Training takes {bytes / 1e6:N0} MB: weights, gradients, optimizer, activations and the queue of images. Engine: {engine}.");

    public void Step(TrainingProgress progress)
    {
        Steps++;
        _latest = progress;
    }

    public void Epoch(EpochMetrics epoch)
    {
        _progress.Checkpoint(epoch.TrainLoss, epoch.TrainAccuracy, epoch.Epoch);
        string validation = epoch.Validation is { } v
            ? Invariant($"; validation loss {v.Loss:F4}, accuracy {v.MicroAccuracy:P1} (macro {v.MacroAccuracy:P1})")
                + Invariant($", calibration error {v.ExpectedCalibrationError:P1}")
            : "";
        string average = epoch.AverageValidation is { } a ? Invariant($"; averaged weights: loss {a.Loss:F4}, accuracy {a.MicroAccuracy:P1}") : "";
        Tell($"Epoch {epoch.Epoch}: loss {epoch.TrainLoss:F4}, accuracy {epoch.TrainAccuracy:P1}{validation}{average}; {epoch.ImagesPerSecond:F1} images/s.");
    }

    /// <summary>Logs the result of temperature scaling; null logs nothing.</summary>
    public void Calibrated(Calibration? calibration)
    {
        if (calibration is not { Before: var before, After: var after }) return;
        string loss = Invariant($"validation loss {before.Loss:F4} to {after.Loss:F4}");
        string error = Invariant($"calibration error {before.ExpectedCalibrationError:P1} to {after.ExpectedCalibrationError:P1}");
        Tell($"Temperature {calibration.Temperature:F3}: {loss}, {error}.");
    }

    /// <summary>Logs every image that was skipped.</summary>
    public void Unreadable(IReadOnlyCollection<UnreadableImage> images)
    {
        if (images.Count == 0) return;
        _channel.Warning(MessageSensitivity.None, "{0} images could not be read and were skipped:", images.Count);
        foreach (UnreadableImage image in images)
        {
            string set = image.IsValidation ? "validation" : "training";
            _channel.Warning(MessageSensitivity.UserData, "{0} ({1} set): {2}", image.Description, set, image.Reason);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _progress.Dispose();

    // A channel formats its arguments with the current culture, so it is passed the finished text.
    private void Tell(FormattableString message) => _channel.Info(MessageSensitivity.None, "{0}", Invariant(message));

    // Called by ML.NET on a background thread.
    private void Fill(IProgressEntry entry)
    {
        if (_latest is not { } progress) return;
        entry.SetMetric(0, progress.Loss);
        entry.SetMetric(1, progress.Accuracy);
        entry.SetProgress(0, progress.Epoch - 1, progress.Epochs);
        entry.SetProgress(1, progress.Step, progress.StepsPerEpoch);
    }
}
