using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>
/// The legacy container: five pickles (magic number, version 1001, properties of the writing machine, the object, the list of storage keys), then for each key
/// an int64 element count and the raw elements.
/// </summary>
internal sealed class TorchLegacyContainer : ITorchContainer
{
    private const long Version = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", CultureInfo.InvariantCulture);

    private readonly byte[] _bytes;
    private readonly Dictionary<string, (int Start, long Count)> _storages = new(StringComparer.Ordinal);

    internal TorchLegacyContainer(byte[] bytes)
    {
        _bytes = bytes;
        int position = 0;
        object? magic = Next();
        if (magic is not PickleBigInteger { Value: var number } || number != Magic)
            throw new InvalidDataException("not a PyTorch checkpoint: neither a zip file nor a legacy file with the magic number");
        if (Next() is not Version) throw new InvalidDataException($"the legacy container does not have version {Version}");
        if (Next() is not PickleDictionary machine || !machine.TryGet("little_endian", out object? little) || little is not true)
            throw new InvalidDataException("the tensors are not marked as little-endian; only little-endian files are supported");
        Dictionary<string, TorchStorage> described = new(StringComparer.Ordinal);
        Root = PickleMachine.Read(_bytes, ref position, id =>
        {
            var storage = TorchPersistentId.Parse(id);
            if (described.TryGetValue(storage.Key, out var earlier) && earlier != storage)
                throw new InvalidDataException($"storage '{storage.Key}' has two different descriptions");
            return described[storage.Key] = storage;
        });
        if (Next() is not PickleList keys) throw new InvalidDataException("the list of storages is missing");
        foreach (object? item in keys.Items)
        {
            if (item is not string key || !described.TryGetValue(key, out var storage))
                throw new InvalidDataException($"storage '{item}' is listed but not described");
            if (_bytes.Length - position < 8) throw new InvalidDataException($"the file ends before storage '{key}'");
            long count = BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan(position));
            position += 8;
            if (count != storage.Count || count > (_bytes.Length - position) / storage.ElementSize)
            {
                throw new InvalidDataException(
                    $"storage '{key}' has {count} elements of {storage.ElementSize} bytes, but the pickle says {storage.Count}, "
                    + $"and {_bytes.Length - position} bytes are left in the file");
            }
            if (!_storages.TryAdd(key, (position, count))) throw new InvalidDataException($"storage '{key}' is listed twice");
            position += (int)(count * storage.ElementSize);
        }
        if (position != _bytes.Length) throw new InvalidDataException($"{_bytes.Length - position} bytes follow the last storage");

        object? Next() => PickleMachine.Read(_bytes, ref position, static _ => throw new InvalidDataException("there is a tensor outside of the object"));
    }

    public object? Root { get; }

    public byte[] ReadStorage(TorchStorage storage) => _storages.TryGetValue(storage.Key, out var place)
        ? _bytes.AsSpan(place.Start, (int)(place.Count * storage.ElementSize)).ToArray()
        : throw new InvalidDataException($"the file does not contain storage '{storage.Key}'");

    public void Dispose()
    {
    }
}
