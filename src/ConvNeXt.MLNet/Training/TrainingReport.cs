using System.Diagnostics;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Training.Metrics;
using Microsoft.ML.Runtime;
using static System.FormattableString;

namespace ConvNeXt.MLNet.Training;

/// <summary>Reports a training run to the log and the progress channel of ML.NET.</summary>
internal sealed class TrainingReport : IDisposable
{
    private static readonly TimeSpan _quietTime = TimeSpan.FromSeconds(10);

    private readonly IChannel _channel;
    private readonly IProgressChannel _progress;
    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
    private volatile TrainingProgress? _latest;

    public TrainingReport(IHost host, IChannel channel)
    {
        _channel = channel;
        _progress = host.StartProgressChannel("ConvNeXt training");
        _progress.SetHeader(new ProgressHeader(["loss", "accuracy"], ["epochs", "steps"]), Fill);
    }

    /// <summary>Whether another rank reports the run.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Number of completed steps.</summary>
    public int Steps { get; private set; }

    /// <summary>Logs the memory that training will take, before it starts.</summary>
    /// <param name="bytes">The memory in bytes.</param>
    /// <param name="engine">The engine.</param>
    public void Plan(long bytes, string engine) =>
        Tell($"Training takes {bytes / 1e6:N0} MB: weights, gradients, optimizer, activations and the queue of images. Engine: {engine}.");

    /// <summary>Logs the settings of the run.</summary>
    /// <param name="info">The settings.</param>
    /// <param name="ranks">Number of ranks.</param>
    public void Start(ConvNeXtTrainingInfo info, int ranks = 1)
    {
        if (IsSilent) return;
        _channel.Info(MessageSensitivity.UserData, "{0}", info.ToString());
        if (ranks > 1) Tell($"{ranks} ranks divide each batch among them.");
    }

    /// <summary>Logs what the solved head can do.</summary>
    /// <param name="accuracy">Accuracy on folds of the training set.</param>
    /// <param name="logLoss">Mean log loss on them.</param>
    /// <param name="images">Number of images of the training set.</param>
    public void HeadSolved(double accuracy, double logLoss, int images) => Tell(
        $"The head was solved on the features of {images} images: accuracy on folds {accuracy:P1}, 95 % interval {AccuracyInterval.Of(accuracy, images)}, log loss {logLoss:F4}.");

    /// <summary>Remembers the progress, and logs it if nothing was logged for some seconds.</summary>
    public void Step(TrainingProgress progress)
    {
        Steps++;
        _latest = progress;
        if (_sinceLine.Elapsed < _quietTime) return;
        Tell($"Epoch {progress.Epoch} of {progress.Epochs}, step {progress.Step} of {progress.StepsPerEpoch}: loss {progress.Loss:F4}; {progress.TimeLeft:hh\\:mm\\:ss} left.");
    }

    public void Epoch(EpochMetrics epoch)
    {
        _progress.Checkpoint(epoch.TrainLoss, epoch.TrainAccuracy, epoch.Epoch);
        Tell($"{epoch}.");
    }

    /// <summary>Logs the result of temperature scaling; null logs nothing.</summary>
    public void Calibrated(Calibration? calibration)
    {
        if (calibration is not { Before: var before, After: var after }) return;
        string loss = Invariant($"validation loss {before.Loss:F4} to {after.Loss:F4}");
        string error = Invariant($"calibration error {before.ExpectedCalibrationError:P1} to {after.ExpectedCalibrationError:P1}");
        Tell($"Temperature {calibration.Temperature:F3}: {loss}, {error}.");
    }

    /// <summary>Logs the accuracy of the kept weights with its confidence interval, and how their epoch was chosen.</summary>
    /// <param name="result">The result of the run.</param>
    /// <param name="images">Number of validation images.</param>
    /// <param name="training">The training options.</param>
    public void Accuracy(TrainingResult result, int images, TrainingOptions training)
    {
        if (result.BestEpoch is not { } kept || (result.IsAverage ? kept.AverageValidation : kept.Validation) is not { } metrics) return;
        string how = training.ChoosesEpoch(images) ? "the best" : Invariant($"the last, as fewer than {training.MinImagesToChooseEpoch} validation images choose an epoch by chance");
        var interval = AccuracyInterval.Of(metrics.MicroAccuracy, images);
        Tell($"Validation accuracy {metrics.MicroAccuracy:P1} of {images} images, 95 % interval {interval}; weights of epoch {kept.Epoch}, {how}.");
    }

    /// <summary>Logs every image that was skipped.</summary>
    public void Unreadable(IReadOnlyCollection<UnreadableImage> images)
    {
        if (images.Count == 0 || IsSilent) return;
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
    private void Tell(FormattableString message)
    {
        if (IsSilent) return;
        _channel.Info(MessageSensitivity.None, "{0}", Invariant(message));
        _sinceLine.Restart();
    }

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
