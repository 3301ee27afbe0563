namespace ConvNeXt.Backbone.Weights.Safetensors;

/// <summary>
/// Reads weights from the safetensors format in one pass, each tensor straight into its array. The header is checked before memory is taken: lengths,
/// types, shapes, duplicate names, and that the tensors cover the data without hole, overlap or trailing bytes.
/// </summary>
internal static class SafetensorsReader
{
    /// <summary>Reads all tensors of a file as float32.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file breaks the format's rules or holds tensors that are no floating-point numbers.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightSet Read(string path) => Read(path, out _);

    /// <summary>Reads all tensors of a file as float32, and its metadata.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Receives the strings under <c>__metadata__</c>; empty where there are none.</param>
    /// <exception cref="InvalidDataException">The file breaks the format's rules or holds tensors that are no floating-point numbers.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightSet Read(string path, out IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
        return Read(stream, path, out metadata);
    }

    /// <summary>Reads all tensors from a stream's position to its end as float32. The stream need not be seekable; it stays open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="InvalidDataException">The content breaks the format's rules or holds tensors that are no floating-point numbers.</exception>
    public static WeightSet Read(Stream stream, string name) => Read(stream, name, out _);

    /// <summary>Reads all tensors from a stream's position to its end as float32, and the metadata. The stream need not be seekable; it stays open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="metadata">Receives the strings under <c>__metadata__</c>; empty where there are none.</param>
    /// <exception cref="InvalidDataException">The content breaks the format's rules or holds tensors that are no floating-point numbers.</exception>
    public static WeightSet Read(Stream stream, string name, out IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        long? length = stream.CanSeek ? stream.Length - stream.Position : null;
        var header = SafetensorsHeader.Read(stream, name, length);
        var converters = header.Entries.ToDictionary(entry => entry, entry => TensorDecoding.ToSingle(entry.Type)
            ?? throw new InvalidDataException($"{name}: tensor '{entry.Name}' is {entry.Type}; weights are F32, F16, BF16 or F64."));

        var values = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var entry in header.Entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
            values.Add(entry.Name, TensorDecoding.Read(stream, entry, converters[entry], name, lengthIsKnown: length is not null));
        if (stream.ReadByte() >= 0) throw new InvalidDataException($"{name}: there are bytes after the last tensor.");

        var weights = new WeightSet();
        foreach (var entry in header.Entries) weights.Add(new WeightTensor(entry.Name, entry.Shape, values[entry.Name]));
        metadata = header.Metadata;
        return weights;
    }
}
