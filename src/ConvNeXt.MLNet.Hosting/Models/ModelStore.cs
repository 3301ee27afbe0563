using ConvNeXt.MLNet.Hosting.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ConvNeXt.MLNet.Hosting.Models;

/// <summary>
/// The current model. The file is looked at in intervals; a changed one is loaded and verified beside the current model and takes its place for new requests.
/// Whatever is wrong with it, the current model stays.
/// </summary>
internal sealed class ModelStore(
    ConvNeXtClassifierOptions options, ModelLoader loader, TimeProvider time, ClassifierMetrics metrics, ILogger logger) : IDisposable
{
    private readonly Lock _loading = new();
    private FileStamp? _tried;
    private LoadedModel? _current;
    private ITimer? _timer;
    private bool _disposed;

    public LoadedModel? Current => Volatile.Read(ref _current);

    /// <summary>Why the file that was tried last is not used; null if it is.</summary>
    public string? LastProblem { get; private set; }

    /// <summary>The current model with one more user; null before a model is loaded.</summary>
    public LoadedModel? Enter()
    {
        while (Current is { } model)
            if (model.TryEnter()) return model;
        return null;
    }

    /// <summary>Loads the first model and begins to watch the file.</summary>
    /// <exception cref="InvalidDataException">The model cannot be used; the message says why.</exception>
    public void Open()
    {
        lock (_loading)
        {
            _tried = FileStamp.Find(options.ModelPath);
            Use(loader.Load());
            if (options.ModelPollInterval == Timeout.InfiniteTimeSpan) return;
            _timer = time.CreateTimer(static store => ((ModelStore)store!).Poll(), this, options.ModelPollInterval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Stops watching and leaves the current model to its last requests.</summary>
    public void Dispose()
    {
        lock (_loading)
        {
            if (_disposed) return;
            _disposed = true;
            _timer?.Dispose();
            Interlocked.Exchange(ref _current, null)?.Leave();
        }
    }

    private void Poll()
    {
        lock (_loading)
        {
            if (_disposed) return;
            try
            {
                LoadIfChanged();
            }
            catch (Exception e)
            {
                // Above all missing memory, which the current model is not to suffer from.
                Reject(e);
            }
            _timer?.Change(options.ModelPollInterval, Timeout.InfiniteTimeSpan);
        }
    }

    private void LoadIfChanged()
    {
        if (FileStamp.Find(options.ModelPath) is not { } stamp || stamp == _tried) return;
        LoadedModel model;
        try
        {
            model = loader.Load();
        }
        catch (InvalidDataException e)
        {
            // A file that changed meanwhile is still being written; its next stamp is tried.
            _tried = stamp;
            Reject(e);
            return;
        }
        _tried = stamp;
        if (model.Version == Current?.Version)
        {
            LastProblem = null;
            model.Leave();
        }
        else Use(model);
    }

    private void Use(LoadedModel model)
    {
        LastProblem = null;
        LoadedModel? old = Interlocked.Exchange(ref _current, model);
        old?.Leave();
        metrics.CountLoad(succeeded: true);
        logger.ModelLoaded(options.ModelPath, model.Version, model.Labels.Count);
    }

    private void Reject(Exception exception)
    {
        LastProblem = exception.Message;
        metrics.CountLoad(succeeded: false);
        logger.ModelRejected(Current?.Version, exception.Message);
    }
}
