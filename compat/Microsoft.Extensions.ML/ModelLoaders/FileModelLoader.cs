using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.ML;

namespace Microsoft.Extensions.ML;

/// <summary>Loads a model from a file, and again when it changes. A change that cannot be read is reported to the log, and the model before stays.</summary>
internal sealed class FileModelLoader(IOptions<MLOptions> contextOptions, ILogger<FileModelLoader> logger) : ModelLoader, IDisposable
{
    // A file that is still being written is locked on some systems; it is tried again for five seconds.
    private const int OpenAttempts = 100;
    private static readonly TimeSpan OpenRetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly MLContext _context = contextOptions.Value.MLContext;
    private readonly ReloadableModel _current = new();
    private readonly Lock _reloading = new();
    private FileSystemWatcher? _watcher;
    private string _filePath = "";

    public void Start(string filePath, bool watchFile)
    {
        if (!File.Exists(filePath)) throw new ArgumentException($"The provided model file {filePath} doesn't exist.");
        _filePath = filePath;
        _current.Replace(LoadModel());
        if (watchFile) Watch(Path.GetFullPath(filePath));
    }

    public override IChangeToken GetReloadToken() => _current.Token;

    public override ITransformer GetModel() => _current.Model;

    public void Dispose() => _watcher?.Dispose();

    private void Watch(string fullPath)
    {
        _watcher = new FileSystemWatcher(Path.GetDirectoryName(fullPath)!, Path.GetFileName(fullPath));
        _watcher.Changed += (_, _) => Reload();
        // A file that was written under another name and renamed shows as one of these.
        _watcher.Created += (_, _) => Reload();
        _watcher.Renamed += (_, _) => Reload();
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>Comes several times for one change, in the midst of writing too: a load that fails is followed by another when more has been written.</summary>
    private void Reload()
    {
        try
        {
            lock (_reloading) _current.Replace(LoadModel());
            PoolLog.FileReloaded(logger, _filePath);
        }
        catch (Exception e)
        {
            PoolLog.FileReloadError(logger, _filePath, e);
        }
    }

    private ITransformer LoadModel()
    {
        using FileStream file = OpenWhenUnlocked();
        return _context.Model.Load(file, out _);
    }

    private FileStream OpenWhenUnlocked()
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(_filePath, FileMode.Open, FileAccess.Read, FileShare.Read);
            }
            catch (IOException e)
            {
                if (attempt == OpenAttempts)
                    throw new IOException($"The model file {_filePath} could not be opened in {OpenAttempts} attempts: {e.Message}", e);
                Thread.Sleep(OpenRetryDelay);
            }
        }
    }
}
