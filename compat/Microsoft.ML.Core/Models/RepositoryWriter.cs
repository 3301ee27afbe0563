using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Writes an archive. Entries may be open at the same time and go into the archive in the order in which they are closed.</summary>
internal sealed class RepositoryWriter : Repository
{
    private readonly ZipArchive _archive;
    private readonly HashSet<string> _paths = [];

    private RepositoryWriter(Stream stream, IExceptionContext? ectx, bool useFileSystem)
        : base(ectx, useFileSystem)
    {
        _archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
    }

    /// <summary>Begins an archive with the entry that tells the version.</summary>
    public static RepositoryWriter CreateNew(Stream stream, IExceptionContext? ectx = null, bool useFileSystem = true)
    {
        ectx.CheckValue(stream, nameof(stream));
        var repository = new RepositoryWriter(stream, ectx, useFileSystem);
        using var entry = repository.CreateEntry("TrainingInfo", "Version.txt");
        string version = typeof(RepositoryWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        entry.Stream.Write(Encoding.UTF8.GetBytes(version + Environment.NewLine));
        return repository;
    }

    public Entry CreateEntry(string name) => CreateEntry(null, name);

    public Entry CreateEntry(string? dir, string name)
    {
        ExceptionContext.Check(!Disposed, "The archive is closed.");
        string path = EntryPath(dir, name);
        if (!_paths.Add(path))
            throw ExceptionContext.ExceptParam(nameof(name), $"Duplicate entry: '{path}'");
        return AddEntry(path, CreateBuffer(inMemory: false));
    }

    /// <summary>Finishes the archive; without it, what was written is not one.</summary>
    public void Commit() => Dispose();

    protected override void OnClosed(Entry entry)
    {
        entry.Stream.Position = 0;
        using var destination = _archive.CreateEntry(entry.Path).Open();
        entry.Stream.CopyTo(destination);
    }

    protected override void DisposeArchive() => _archive.Dispose();
}
