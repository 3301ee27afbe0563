using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Weights.Safetensors;

/// <summary>An open safetensors file with a validated header. Tensors are read one at a time. Not thread-safe.</summary>
internal sealed class SafetensorsFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly SafetensorsHeader _header;
    private readonly string _path;
    private readonly Dictionary<string, SafetensorsEntry> _entries;

    private SafetensorsFile(FileStream stream, string path)
    {
        (_stream, _path) = (stream, path);
        _header = SafetensorsHeader.Read(stream, path, stream.Length);
        _entries = _header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The tensors in header order.</summary>
    public ImmutableArray<SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The strings in <c>__metadata__</c>; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and validates its header.</summary>
    /// <exception cref="InvalidDataException">The file violates the format; the message names the file and the tensor.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        try
        {
            return new SafetensorsFile(stream, path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads the values of an F32, F16, BF16 or F64 tensor; F64 is narrowed.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidDataException">The tensor has another type.</exception>
    public float[] ReadSingles(string name) => Read(name, TensorDecoding.ToSingle, "floating-point");

    /// <summary>Reads the values of an F32, F16, BF16 or F64 tensor.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidDataException">The tensor has another type.</exception>
    public double[] ReadDoubles(string name) => Read(name, TensorDecoding.ToDouble, "floating-point");

    /// <summary>Reads the values of a boolean or integer tensor, except U64.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidDataException">The tensor has another type.</exception>
    public long[] ReadInt64s(string name) => Read(name, TensorDecoding.ToInt64, "integer");

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Does the same into <paramref name="values"/>, whose length must be the number of elements.</summary>
    internal void ReadSingles(string name, Span<float> values)
    {
        var (entry, convert) = Find(name, TensorDecoding.ToSingle, "floating-point");
        TensorDecoding.Fill(_stream, entry, convert, _path, values);
    }

    private T[] Read<T>(string name, Func<SafetensorsType, TensorDecoding.Converter<T>?> converterOf, string wanted)
    {
        var (entry, convert) = Find(name, converterOf, wanted);
        return TensorDecoding.Read(_stream, entry, convert, _path, lengthIsKnown: true);
    }

    /// <summary>Finds a tensor and seeks to its first byte.</summary>
    private (SafetensorsEntry Entry, TensorDecoding.Converter<T> Convert) Find<T>(
        string name, Func<SafetensorsType, TensorDecoding.Converter<T>?> converterOf, string wanted)
    {
        if (!_entries.TryGetValue(name, out var entry)) throw new KeyNotFoundException($"{_path}: there is no tensor '{name}'.");
        var convert = converterOf(entry.Type) ?? throw new InvalidDataException($"{_path}: tensor '{name}' has type {entry.Type}, which is not {wanted}.");
        _stream.Position = _header.DataStart + entry.Begin;
        return (entry, convert);
    }
}
