using System.IO.Compression;

namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>The zip container (PyTorch 1.6 and later): ROOT/data.pkl, and the storages as ROOT/data/KEY, all stored without compression.</summary>
internal sealed class TorchZipContainer : ITorchContainer
{
    private const long MaximumPickle = 32L << 20;

    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    private readonly string _root;
    private readonly long _fileLength;

    internal TorchZipContainer(Stream stream)
    {
        _fileLength = stream.Length;
        _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        foreach (var entry in _archive.Entries)
            if (!_entries.TryAdd(entry.FullName, entry)) throw new InvalidDataException($"the zip file contains '{entry.FullName}' twice");
        string[] pickles = [.. _entries.Keys.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal))];
        if (pickles.Length != 1) throw new InvalidDataException($"a PyTorch checkpoint contains one data.pkl; this zip file contains {pickles.Length}");
        _root = pickles[0][..^"data.pkl".Length];
        if (_entries.ContainsKey(_root + "byteorder") && ReadEntry(_root + "byteorder", 16) is var order && !order.AsSpan().StartsWith("little"u8))
            throw new InvalidDataException("the tensors are not little-endian; only little-endian files are supported");
        byte[] pickle = ReadEntry(pickles[0], MaximumPickle);
        int position = 0;
        Root = PickleMachine.Read(pickle, ref position, TorchPersistentId.Parse);
    }

    public object? Root { get; }

    public byte[] ReadStorage(TorchStorage storage)
    {
        string name = $"{_root}data/{storage.Key}";
        byte[] bytes = ReadEntry(name, Array.MaxLength);
        if (bytes.Length / storage.ElementSize != storage.Count || bytes.Length % storage.ElementSize != 0)
        {
            throw new InvalidDataException(
                $"'{name}' has {bytes.Length} bytes, but {storage.Count} elements of {storage.Type} take {storage.Count * storage.ElementSize}");
        }
        return bytes;
    }

    public void Dispose() => _archive.Dispose();

    private byte[] ReadEntry(string name, long limit)
    {
        if (!_entries.TryGetValue(name, out var entry)) throw new InvalidDataException($"the zip file does not contain '{name}'");
        if (entry.Length != entry.CompressedLength) throw new InvalidDataException($"'{name}' is compressed; PyTorch does not compress its entries");
        if (entry.Length > Math.Min(limit, _fileLength))
            throw new InvalidDataException($"'{name}' has a size of {entry.Length} bytes; the maximum is {Math.Min(limit, _fileLength)}");
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || stream.ReadByte() >= 0)
            throw new InvalidDataException($"'{name}' does not have the {bytes.Length} bytes that the zip directory says");
        return bytes;
    }
}
