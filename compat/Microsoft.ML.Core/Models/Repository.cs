using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>A zip archive whose entries are read or written as seekable streams, kept in memory while small and in temporary files else.</summary>
internal abstract class Repository : IDisposable
{
    private readonly List<Entry> _open = [];
    private readonly bool _useFileSystem;

    internal Repository(IExceptionContext? ectx, bool useFileSystem)
    {
        ExceptionContext = ectx;
        _useFileSystem = useFileSystem;
    }

    public IExceptionContext? ExceptionContext { get; }

    protected bool Disposed { get; private set; }

    public void Dispose()
    {
        if (Disposed) return;
        foreach (var entry in _open)
            entry.Stream.Dispose();
        _open.Clear();
        DisposeArchive();
        Disposed = true;
    }

    protected abstract void DisposeArchive();

    /// <summary>What is done with an entry's stream when its user has finished.</summary>
    protected abstract void OnClosed(Entry entry);

    protected Entry AddEntry(string path, Stream stream)
    {
        var entry = new Entry(this, path, stream);
        _open.Add(entry);
        return entry;
    }

    protected static string EntryPath(string? dir, string name)
    {
        Contracts.CheckNonWhiteSpace(name, nameof(name));
        string path = (string.IsNullOrEmpty(dir) ? name : $"{dir}/{name}").Replace('\\', '/');
        // An entry is only ever looked up or written by its name, never unpacked to it; a name that climbs is refused all the same.
        Contracts.CheckParam(!path.Contains("..") && !path.StartsWith('/'), nameof(name), $"'{path}' is no path within an archive.");
        return path;
    }

    /// <summary>A stream for an entry's content: in a temporary file that vanishes with the stream, or in memory.</summary>
    protected Stream CreateBuffer(bool inMemory)
    {
        if (inMemory || !_useFileSystem) return new MemoryStream();
        string folder = (ExceptionContext as IHostEnvironmentInternal)?.TempFilePath ?? Path.GetTempPath();
        string path = Path.Combine(folder, $"ml_dotnet_{Path.GetRandomFileName()}");
        return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
    }

    /// <summary>An open entry; disposing it ends its use.</summary>
    public sealed class Entry : IDisposable
    {
        private readonly Repository _repository;

        internal Entry(Repository repository, string path, Stream stream)
        {
            _repository = repository;
            Path = path;
            Stream = stream;
        }

        public string Path { get; }

        public Stream Stream { get; }

        public void Dispose()
        {
            if (!_repository._open.Remove(this)) return;
            using (Stream)
                _repository.OnClosed(this);
        }
    }
}
