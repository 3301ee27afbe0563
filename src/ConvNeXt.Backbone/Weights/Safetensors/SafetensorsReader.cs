namespace ConvNeXt.Backbone.Weights.Safetensors;

/// <summary>
/// Reads weights in the safetensors format in one pass, each tensor directly into its array. The header is validated before memory is allocated: lengths,
/// types, shapes, duplicate names, and that the tensors cover the data without gaps, overlaps or trailing bytes.
/// </summary>
internal static class SafetensorsReader
{
    /// <summary>Reads all tensors of a file as float32.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file violates the format or contains tensors that are not floating-point.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightSet Read(string path) => Read(path, out _);

    /// <summary>Reads all tensors of a file as float32, and its metadata.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Receives the strings in <c>__metadata__</c>; empty if there are none.</param>
    /// <exception cref="InvalidDataException">The file violates the format or contains tensors that are not floating-point.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightSet Read(string path, out IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.SequentialScan);
        return Read(stream, path, out metadata);
    }

    /// <summary>Reads all tensors from a stream's position to its end as float32. The stream need not be seekable and stays open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="name">Name of the content for error messages.</param>
    /// <exception cref="InvalidDataException">The content violates the format or contains tensors that are not floating-point.</exception>
    public static WeightSet Read(Stream stream, string name) => Read(stream, name, out _);

    /// <summary>Reads all tensors from a stream's position to its end as float32, and the metadata. The stream need not be seekable and stays open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="name">Name of the content for error messages.</param>
    /// <param name="metadata">Receives the strings in <c>__metadata__</c>; empty if there are none.</param>
    /// <exception cref="InvalidDataException">The content violates the format or contains tensors that are not floating-point.</exception>
    public static WeightSet Read(Stream stream, string name, out IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        return Read(stream, name, stream.CanSeek ? stream.Length - stream.Position : null, out metadata);
    }

    /// <summary>Reads all tensors from a stream's position to its end as float32. The stream need not be seekable and stays open.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="name">Name of the content for error messages.</param>
    /// <param name="length">Number of bytes from the stream's position to its end; null if that is not known.</param>
    /// <param name="metadata">Receives the strings in <c>__metadata__</c>; empty if there are none.</param>
    /// <exception cref="InvalidDataException">The content violates the format or contains tensors that are not floating-point.</exception>
    public static WeightSet Read(Stream stream, string name, long? length, out IReadOnlyDictionary<string, string> metadata) =>
        Read(stream, name, length, arePlanes: false, out metadata);

    /// <summary>Reads what <see cref="SafetensorsWriter.WritePlanes"/> wrote: F32 values as planes of bytes (<see cref="BytePlanes"/>).</summary>
    /// <param name="stream">Positioned at the first byte. Need not be seekable and stays open.</param>
    /// <param name="name">Name of the content for error messages.</param>
    /// <param name="length">Number of bytes from the stream's position to its end; null if that is not known.</param>
    /// <param name="metadata">Receives the strings in <c>__metadata__</c>; empty if there are none.</param>
    /// <exception cref="InvalidDataException">The content violates the format or contains tensors that are not F32.</exception>
    public static WeightSet ReadPlanes(Stream stream, string name, long? length, out IReadOnlyDictionary<string, string> metadata) =>
        Read(stream, name, length, arePlanes: true, out metadata);

    private static WeightSet Read(Stream stream, string name, long? length, bool arePlanes, out IReadOnlyDictionary<string, string> metadata)
    {
        var header = SafetensorsHeader.Read(stream, name, length);
        var converters = header.Entries.ToDictionary(entry => entry, entry => FindConverter(entry.Type, arePlanes) ?? throw new InvalidDataException(
            $"{name}: tensor '{entry.Name}' has type {entry.Type}; {(arePlanes ? "planes of bytes must be F32" : "weights must be F32, F16, BF16 or F64")}."));

        var values = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var entry in header.Entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
            values.Add(entry.Name, TensorDecoding.Read(stream, entry, converters[entry], name, lengthIsKnown: length is not null));
        if (stream.ReadByte() >= 0) throw new InvalidDataException($"{name}: there are bytes after the last tensor.");

        var weights = new WeightSet();
        foreach (var entry in header.Entries) weights.Add(new WeightTensor(entry.Name, entry.Shape, values[entry.Name]));
        metadata = header.Metadata;
        return weights;
    }

    private static TensorDecoding.Converter<float>? FindConverter(SafetensorsType type, bool arePlanes)
    {
        if (!arePlanes) return TensorDecoding.ToSingle(type);
        return type == SafetensorsType.F32 ? BytePlanes.Join : null;
    }
}
