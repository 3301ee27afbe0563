using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Metrics;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.Training;

/// <summary>Tells ML.NET's log and progress channel how a training run goes.</summary>
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

    /// <summary>Steps that were finished.</summary>
    public int Steps { get; private set; }

    /// <summary>The memory that training will take, before it begins.</summary>
    public void Plan(long bytes) => _channel.Info(
        MessageSensitivity.None, "Training takes {0:N0} MB: weights, gradients, optimizer, activations and the queue of images.", bytes / 1e6);

    public void Step(TrainingProgress progress)
    {
        Steps++;
        _latest = progress;
    }

    public void Epoch(EpochMetrics epoch)
    {
        _progress.Checkpoint(epoch.TrainLoss, epoch.TrainAccuracy, epoch.Epoch);
        string validation = epoch.Validation is { } v
            ? $"; validation loss {v.Loss:F4}, accuracy {v.MicroAccuracy:P1} (mean of classes {v.MacroAccuracy:P1}), calibration error {v.ExpectedCalibrationError:P1}"
            : "";
        string average = epoch.AverageValidation is { } a ? $"; with the average of the weights {a.Loss:F4}, {a.MicroAccuracy:P1}" : "";
        string training = $"loss {epoch.TrainLoss:F4}, accuracy {epoch.TrainAccuracy:P1}";
        _channel.Info(MessageSensitivity.None, "{0}", $"Epoch {epoch.Epoch}: {training}{validation}{average}; {epoch.ImagesPerSecond:F1} images/s.");
    }

    /// <summary>Says what temperature scaling came to; nothing where there was none.</summary>
    public void Calibrated(Calibration? calibration)
    {
        if (calibration is not { Before: var before, After: var after }) return;
        string loss = $"validation loss {before.Loss:F4} to {after.Loss:F4}";
        string error = $"calibration error {before.ExpectedCalibrationError:P1} to {after.ExpectedCalibrationError:P1}";
        _channel.Info(MessageSensitivity.None, "{0}", $"Temperature {calibration.Temperature:F3}: {loss}, {error}.");
    }

    /// <summary>Names every image that was left out.</summary>
    public void Unreadable(IReadOnlyCollection<UnreadableImage> images)
    {
        if (images.Count == 0) return;
        _channel.Warning(MessageSensitivity.None, "{0} images could not be read and were left out:", images.Count);
        foreach (UnreadableImage image in images)
        {
            string set = image.IsValidation ? "validation" : "training";
            _channel.Warning(MessageSensitivity.UserData, "{0} ({1} set): {2}", image.Description, set, image.Reason);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _progress.Dispose();

    // Called on a thread of ML.NET's own.
    private void Fill(IProgressEntry entry)
    {
        if (_latest is not { } progress) return;
        entry.SetMetric(0, progress.Loss);
        entry.SetMetric(1, progress.Accuracy);
        entry.SetProgress(0, progress.Epoch - 1, progress.Epochs);
        entry.SetProgress(1, progress.Step, progress.StepsPerEpoch);
    }
}
