using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace ConvNeXt.Backbone.Weights.Safetensors;

/// <summary>
/// The validated header of a safetensors file: an 8-byte little-endian length, that many bytes of JSON, then the data. Everything that readers rely on is
/// verified here: types, shapes, byte ranges that match the shapes, and ranges that cover the data exactly, without gaps or overlaps.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Limit of the format for the length of the JSON.</summary>
    internal const long MaximumLength = 100_000_000;

    private const string MetadataKey = "__metadata__";

    private SafetensorsHeader(ImmutableArray<SafetensorsEntry> entries, IReadOnlyDictionary<string, string> metadata, long dataStart)
    {
        (Entries, Metadata, DataStart) = (entries, metadata, dataStart);
        DataLength = entries.IsEmpty ? 0 : entries.Max(entry => entry.End);
    }

    /// <summary>The tensors in header order.</summary>
    internal ImmutableArray<SafetensorsEntry> Entries { get; }

    internal IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Number of bytes before the data: 8 plus the JSON.</summary>
    internal long DataStart { get; }

    internal long DataLength { get; }

    /// <summary>Reads the header and leaves the stream at the first byte of the data.</summary>
    /// <param name="stream">Positioned at the start of the file.</param>
    /// <param name="file">Name of the file for error messages.</param>
    /// <param name="length">Number of bytes from the start of the file to its end; null if the stream cannot seek.</param>
    internal static SafetensorsHeader Read(Stream stream, string file, long? length)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw new InvalidDataException($"{file}: not a safetensors file, because it is shorter than the 8-byte header length.");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        ulong limit = (ulong)Math.Min(MaximumLength, (length ?? long.MaxValue) - 8);
        if (headerLength < 2 || headerLength > limit)
            throw new InvalidDataException(
                $"{file}: the header length is {headerLength} bytes; valid are 2 to {limit}. This is not a valid safetensors file.");

        byte[] json = new byte[headerLength];
        if (stream.ReadAtLeast(json, json.Length, throwOnEndOfStream: false) < json.Length)
            throw new InvalidDataException($"{file}: the file ends inside its header of {headerLength} bytes.");
        var (entries, metadata) = Parse(json, file);
        var header = new SafetensorsHeader(entries, metadata, 8 + json.LongLength);
        header.CheckCoverage(file);
        if (length is { } total && total - header.DataStart != header.DataLength)
            throw new InvalidDataException($"{file}: the tensors take {header.DataLength} bytes, but {total - header.DataStart} bytes follow the header.");
        return header;
    }

    private static (ImmutableArray<SafetensorsEntry> Entries, Dictionary<string, string> Metadata) Parse(byte[] json, string file)
    {
        if (json[0] != (byte)'{') throw new InvalidDataException($"{file}: the safetensors header does not begin with '{{'.");
        var entries = ImmutableArray.CreateBuilder<SafetensorsEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name != MetadataKey)
                    entries.Add(ParseEntry(property.Name, property.Value, file));
                else if (property.Value.ValueKind != JsonValueKind.Object
                    || property.Value.EnumerateObject().Any(item => item.Value.ValueKind != JsonValueKind.String))
                    throw new InvalidDataException($"{file}: {MetadataKey} must be an object of strings.");
                else
                    foreach (var item in property.Value.EnumerateObject()) metadata.Add(item.Name, item.Value.GetString()!);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name is not valid UTF-8 or contains an unpaired surrogate.
            throw new InvalidDataException($"{file}: the safetensors header is not valid JSON: {exception.Message}", exception);
        }
        return (entries.ToImmutable(), metadata);
    }

    private static SafetensorsEntry ParseEntry(string name, JsonElement value, string file)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array
            || !value.TryGetProperty("data_offsets", out var offsets) || offsets.ValueKind != JsonValueKind.Array || offsets.GetArrayLength() != 2
            || value.EnumerateObject().Count() != 3)
            throw new InvalidDataException($"{file}: tensor '{name}' must have dtype, shape and two data_offsets, and nothing else.");

        string typeName = dtype.GetString()!;
        if (!Enum.TryParse(typeName, out SafetensorsType type) || type.ToString() != typeName)
            throw new InvalidDataException(
                $"{file}: tensor '{name}' has type '{typeName}'; supported are {string.Join(", ", Enum.GetNames<SafetensorsType>())}.");

        var dimensions = ImmutableArray.CreateBuilder<int>(shape.GetArrayLength());
        long bytes = SafetensorsEntry.SizeOf(type);
        foreach (var element in shape.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out int dimension) || dimension < 0)
                throw new InvalidDataException(
                    $"{file}: tensor '{name}' has dimension {element.GetRawText()}; dimensions must be integers from 0 to {int.MaxValue}.");
            dimensions.Add(dimension);
            if (Math.BigMul(bytes, dimension, out bytes) != 0 || bytes < 0)
                throw new InvalidDataException($"{file}: tensor '{name}' is larger than any file: {shape.GetRawText()}.");
        }
        if (!TryGetOffset(offsets[0], out long begin) || !TryGetOffset(offsets[1], out long end) || end < begin || end - begin != bytes)
            throw new InvalidDataException(
                $"{file}: tensor '{name}', {type} {shape.GetRawText()}, needs {bytes} bytes, but its data_offsets are {offsets.GetRawText()}.");
        return new SafetensorsEntry(name, type, dimensions.MoveToImmutable(), begin, end);
    }

    private static bool TryGetOffset(JsonElement element, out long offset)
    {
        offset = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out offset) && offset >= 0;
    }

    private void CheckCoverage(string file)
    {
        long position = 0;
        foreach (var entry in Entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != position)
                throw new InvalidDataException(
                    $"{file}: tensor '{entry.Name}' begins at byte {entry.Begin} of the data, not at {position}: tensors overlap or leave a gap.");
            position = entry.End;
        }
    }
}

/// <summary>A tensor in a safetensors header. Entries are only created by the validated header.</summary>
/// <param name="Name">Name of the tensor.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions, row-major; empty for a scalar.</param>
/// <param name="Begin">First byte of its data, counted from the end of the header.</param>
/// <param name="End">One past its last byte; <c>End - Begin</c> is exactly the size of the type and shape.</param>
internal sealed record SafetensorsEntry(string Name, SafetensorsType Type, ImmutableArray<int> Shape, long Begin, long End)
{
    /// <summary>Number of elements.</summary>
    public long Count => (End - Begin) / SizeOf(Type);

    /// <summary>Size of one element in bytes.</summary>
    internal static int SizeOf(SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL or SafetensorsType.U8 or SafetensorsType.I8 => 1,
        SafetensorsType.I16 or SafetensorsType.U16 or SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.I32 or SafetensorsType.U32 or SafetensorsType.F32 => 4,
        _ => 8,
    };
}

/// <summary>Element types of the safetensors format, named as in the header.</summary>
internal enum SafetensorsType
{
    /// <summary>Boolean, one byte.</summary>
    BOOL,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>The upper half of a float32.</summary>
    BF16,

    /// <summary>IEEE single precision.</summary>
    F32,

    /// <summary>IEEE double precision.</summary>
    F64,
}
