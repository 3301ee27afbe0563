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
            if (!_entries.TryAdd(entry.FullName, entry)) throw new InvalidDataException($"the zip holds '{entry.FullName}' twice");
        string[] pickles = [.. _entries.Keys.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal))];
        if (pickles.Length != 1) throw new InvalidDataException($"a PyTorch file holds one data.pkl; this zip holds {pickles.Length}");
        _root = pickles[0][..^"data.pkl".Length];
        if (_entries.ContainsKey(_root + "byteorder") && ReadEntry(_root + "byteorder", 16) is var order && !order.AsSpan().StartsWith("little"u8))
            throw new InvalidDataException("the tensors are big-endian; only little-endian files are read");
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
            throw new InvalidDataException($"'{name}' is {bytes.Length} bytes; {storage.Count} elements of {storage.Type} take {storage.Count * storage.ElementSize}");
        return bytes;
    }

    public void Dispose() => _archive.Dispose();

    private byte[] ReadEntry(string name, long limit)
    {
        if (!_entries.TryGetValue(name, out var entry)) throw new InvalidDataException($"the zip lacks '{name}'");
        if (entry.Length != entry.CompressedLength) throw new InvalidDataException($"'{name}' is compressed; PyTorch stores its entries as they are");
        if (entry.Length > Math.Min(limit, _fileLength)) throw new InvalidDataException($"'{name}' claims {entry.Length} bytes; at most {Math.Min(limit, _fileLength)} are possible");
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || stream.ReadByte() >= 0)
            throw new InvalidDataException($"'{name}' is not {bytes.Length} bytes long as the zip's directory says");
        return bytes;
    }
}
