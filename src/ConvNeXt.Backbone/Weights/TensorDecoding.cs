using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Backbone.Weights;

/// <summary>Reads the little-endian elements of a tensor from a stream and converts them.</summary>
internal static class TensorDecoding
{
    /// <summary>Number of consecutive elements of a tensor that are read and converted together, counted from its first.</summary>
    internal const int ChunkElements = 1 << 16;

    /// <summary>Converts the bytes of consecutive elements; both spans hold the same number of elements.</summary>
    internal delegate void Converter<T>(ReadOnlySpan<byte> source, Span<T> destination);

    /// <summary>Returns the conversion to float32, or null if the type is not floating-point. F64 is narrowed.</summary>
    internal static Converter<float>? ToSingle(SafetensorsType type) => type switch
    {
        SafetensorsType.F32 when BitConverter.IsLittleEndian => static (source, destination) => MemoryMarshal.Cast<byte, float>(source).CopyTo(destination),
        SafetensorsType.F32 => Each(4, static bytes => BinaryPrimitives.ReadSingleLittleEndian(bytes)),
        SafetensorsType.F64 => Each(8, static bytes => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        SafetensorsType.F16 => Each(2, static bytes => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
        SafetensorsType.BF16 => Each(2, static bytes => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(bytes) << 16)),
        _ => null,
    };

    /// <summary>Returns the conversion to float64, or null if the type is not floating-point.</summary>
    internal static Converter<double>? ToDouble(SafetensorsType type) => type switch
    {
        SafetensorsType.F64 => Each(8, static bytes => BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
        SafetensorsType.F32 => Each(4, static bytes => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes)),
        SafetensorsType.F16 => Each(2, static bytes => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
        SafetensorsType.BF16 => Each(2, static bytes => (double)BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(bytes) << 16)),
        _ => null,
    };

    /// <summary>Returns the conversion to 64-bit integers, or null if the type does not fit.</summary>
    internal static Converter<long>? ToInt64(SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL or SafetensorsType.U8 => Each(1, static bytes => (long)bytes[0]),
        SafetensorsType.I8 => Each(1, static bytes => (long)(sbyte)bytes[0]),
        SafetensorsType.I16 => Each(2, static bytes => (long)BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        SafetensorsType.U16 => Each(2, static bytes => (long)BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        SafetensorsType.I32 => Each(4, static bytes => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        SafetensorsType.U32 => Each(4, static bytes => (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes)),
        SafetensorsType.I64 => Each(8, static bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        _ => null,
    };

    /// <summary>Reads the elements of a tensor at the stream's position.</summary>
    /// <param name="stream">Positioned at the tensor's first byte.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="convert">Conversion for its element type.</param>
    /// <param name="file">Name of the file for error messages.</param>
    /// <param name="lengthIsKnown">Whether the file is known to be long enough. If not, memory grows with the bytes actually read, so a header cannot allocate
    /// more than a few times the file size.</param>
    internal static T[] Read<T>(Stream stream, SafetensorsEntry entry, Converter<T> convert, string file, bool lengthIsKnown)
    {
        if (entry.Count > Array.MaxLength)
            throw new InvalidDataException($"{file}: tensor '{entry.Name}' has {entry.Count} elements; more than {Array.MaxLength} are not supported.");
        int count = (int)entry.Count;
        var values = new T[lengthIsKnown ? count : Math.Min(count, ChunkElements)];
        if (lengthIsKnown)
        {
            Fill(stream, entry, convert, file, values);
            return values;
        }
        for (int done = 0; done < count;)
        {
            int elements = Math.Min(ChunkElements, count - done);
            if (done + elements > values.Length) Array.Resize(ref values, (int)Math.Min(count, 2L * values.Length));
            Fill(stream, entry, convert, file, values.AsSpan(done, elements));
            done += elements;
        }
        return values;
    }

    /// <summary>Reads elements of a tensor at the stream's position until <paramref name="values"/> is full.</summary>
    internal static void Fill<T>(Stream stream, SafetensorsEntry entry, Converter<T> convert, string file, Span<T> values)
    {
        int size = SafetensorsEntry.SizeOf(entry.Type);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(values.Length, ChunkElements) * size);
        try
        {
            for (int done = 0; done < values.Length;)
            {
                int elements = Math.Min(ChunkElements, values.Length - done);
                var bytes = buffer.AsSpan(0, elements * size);
                if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
                    throw new InvalidDataException($"{file}: the file ends inside tensor '{entry.Name}'.");
                convert(bytes, values.Slice(done, elements));
                done += elements;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private delegate T ReadOne<T>(ReadOnlySpan<byte> bytes);

    private static Converter<T> Each<T>(int size, ReadOne<T> read) => (source, destination) =>
    {
        for (int i = 0; i < destination.Length; i++) destination[i] = read(source.Slice(i * size, size));
    };
}
