using System.IO.Compression;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Reads an archive.</summary>
internal sealed class RepositoryReader : Repository
{
    private const int LargestInMemory = 1 << 22;

    /// <summary>Deflate cannot do better than 1032 to 1; an entry that promises more is not what it says.</summary>
    private const long LargestRatio = 1100;

    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = [];

    private RepositoryReader(Stream stream, IExceptionContext? ectx, bool useFileSystem)
        : base(ectx, useFileSystem)
    {
        try
        {
            _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (var entry in _archive.Entries)
                _entries[entry.FullName.Replace('\\', '/')] = entry;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException or OverflowException)
        {
            throw ectx.ExceptDecode(e, $"Failed to open a zip archive: {e.Message}");
        }
    }

    public static RepositoryReader Open(Stream stream, IExceptionContext? ectx = null, bool useFileSystem = true)
    {
        ectx.CheckValue(stream, nameof(stream));
        return new RepositoryReader(stream, ectx, useFileSystem);
    }

    public Entry OpenEntry(string name) => OpenEntry(null, name);

    public Entry OpenEntry(string? dir, string name)
        => OpenEntryOrNull(dir, name) ?? throw ExceptionContext.Except($"Repository doesn't contain entry {EntryPath(dir, name)}");

    public Entry? OpenEntryOrNull(string name) => OpenEntryOrNull(null, name);

    public Entry? OpenEntryOrNull(string? dir, string name)
    {
        ExceptionContext.Check(!Disposed, "The archive is closed.");
        string path = EntryPath(dir, name);
        if (!_entries.TryGetValue(path, out var entry)) return null;
        ExceptionContext.CheckDecode(entry.Length >= 0 && entry.Length / LargestRatio <= entry.CompressedLength + 1,
            $"Corrupt model file: entry '{path}' says that {entry.CompressedLength} bytes unpack to {entry.Length}");

        var buffer = CreateBuffer(inMemory: entry.Length <= LargestInMemory);
        try
        {
            using (var packed = entry.Open())
                packed.CopyTo(buffer);
            ExceptionContext.CheckDecode(buffer.Length == entry.Length, $"Corrupt model file: entry '{path}' has {buffer.Length} bytes, not the {entry.Length} it says");
        }
        catch (InvalidDataException e)
        {
            buffer.Dispose();
            throw ExceptionContext.ExceptDecode(e, $"Corrupt model file: entry '{path}' cannot be unpacked: {e.Message}");
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
        buffer.Position = 0;
        return AddEntry(path, buffer);
    }

    protected override void OnClosed(Entry entry)
    {
    }

    protected override void DisposeArchive() => _archive.Dispose();
}
