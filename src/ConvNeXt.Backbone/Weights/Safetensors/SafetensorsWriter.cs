using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ConvNeXt.Backbone.Weights.Safetensors;

/// <summary>
/// Writes weights in the safetensors format as F32 or, within the project, as F16. The output is deterministic: tensors keep their order, metadata is sorted by
/// key, and the header is padded with spaces so that the data starts at a multiple of 8.
/// </summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes a file. The content is written to a temporary file in the same folder, which is renamed when it is complete.</summary>
    /// <param name="path">The file; an existing file is replaced.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; null for none.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, WeightSet weights, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, weights, metadata, SafetensorsType.F32);

    /// <summary>Writes a file with F32 or F16 values.</summary>
    internal static void Write(string path, WeightSet weights, IReadOnlyDictionary<string, string>? metadata, SafetensorsType type)
    {
        ArgumentNullException.ThrowIfNull(path);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
                Write(stream, weights, metadata, type);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes to a stream, which need not be seekable and stays open.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; null for none.</param>
    public static void Write(Stream stream, WeightSet weights, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(stream, weights, metadata, SafetensorsType.F32);

    /// <summary>
    /// Writes F32 values as planes of bytes (<see cref="BytePlanes"/>) under a header of the format. Only <see cref="SafetensorsReader.ReadPlanes"/> reads it.
    /// </summary>
    /// <param name="stream">The destination.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; null for none.</param>
    public static void WritePlanes(Stream stream, WeightSet weights, IReadOnlyDictionary<string, string>? metadata = null)
    {
        stream.Write(CreateHeader(weights, metadata, SafetensorsType.F32));
        byte[] planes = new byte[TensorDecoding.ChunkElements * sizeof(float)];
        foreach (float[] values in weights.Tensors.Select(tensor => tensor.Values))
        {
            for (int done = 0; done < values.Length; done += TensorDecoding.ChunkElements)
            {
                ReadOnlySpan<float> chunk = values.AsSpan(done, Math.Min(TensorDecoding.ChunkElements, values.Length - done));
                Span<byte> bytes = planes.AsSpan(0, chunk.Length * sizeof(float));
                BytePlanes.Split(chunk, bytes);
                stream.Write(bytes);
            }
        }
    }

    private static void Write(Stream stream, WeightSet weights, IReadOnlyDictionary<string, string>? metadata, SafetensorsType type)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(weights);
        stream.Write(CreateHeader(weights, metadata, type));
        foreach (var tensor in weights.Tensors)
        {
            if (type == SafetensorsType.F16) WriteHalves(stream, tensor.Values);
            else WriteLittleEndian(stream, tensor.Values);
        }
    }

    private static byte[] CreateHeader(WeightSet weights, IReadOnlyDictionary<string, string>? metadata, SafetensorsType type)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(item => item.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long position = 0;
            foreach (var tensor in weights.Tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", type.ToString());
                json.WriteStartArray("shape");
                foreach (int dimension in tensor.Shape) json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(position);
                json.WriteNumberValue(position += tensor.Values.LongLength * SafetensorsEntry.SizeOf(type));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }

        int padded = (buffer.WrittenCount + Alignment - 1) / Alignment * Alignment;
        byte[] header = new byte[8 + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        buffer.WrittenSpan.CopyTo(header.AsSpan(8));
        header.AsSpan(8 + buffer.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteHalves(Stream stream, float[] values)
    {
        byte[] bytes = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(i * 2), (Half)values[i]);
        stream.Write(bytes);
    }

    private static void WriteLittleEndian(Stream stream, float[] values)
    {
        const int ChunkElements = 1 << 20;
        for (int done = 0; done < values.Length; done += ChunkElements)
        {
            var chunk = values.AsSpan(done, Math.Min(ChunkElements, values.Length - done));
            if (BitConverter.IsLittleEndian)
            {
                stream.Write(MemoryMarshal.AsBytes(chunk));
                continue;
            }
            int[] swapped = new int[chunk.Length];
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(chunk), swapped);
            stream.Write(MemoryMarshal.AsBytes(swapped.AsSpan()));
        }
    }
}
