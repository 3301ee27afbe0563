using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Weights.Safetensors;

/// <summary>An open safetensors file: its checked header, and its tensors read one by one. For one caller at a time.</summary>
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

    /// <summary>The tensors in the order of the header.</summary>
    public ImmutableArray<SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The strings under <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="InvalidDataException">The file breaks the format's rules; the message names file and tensor.</exception>
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

    /// <summary>The values of an F32, F16, BF16 or F64 tensor; F64 is narrowed.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidDataException">The tensor is of another type.</exception>
    public float[] ReadSingles(string name) => Read(name, TensorDecoding.ToSingle, "floating-point");

    /// <summary>The values of an F32, F16, BF16 or F64 tensor.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidDataException">The tensor is of another type.</exception>
    public double[] ReadDoubles(string name) => Read(name, TensorDecoding.ToDouble, "floating-point");

    /// <summary>The values of a boolean or integer tensor, U64 excepted.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidDataException">The tensor is of another type.</exception>
    public long[] ReadInt64s(string name) => Read(name, TensorDecoding.ToInt64, "integer");

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>The same into the caller's memory, as many as the tensor has.</summary>
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

    /// <summary>Looks a tensor up and goes to its first byte.</summary>
    private (SafetensorsEntry Entry, TensorDecoding.Converter<T> Convert) Find<T>(
        string name, Func<SafetensorsType, TensorDecoding.Converter<T>?> converterOf, string wanted)
    {
        if (!_entries.TryGetValue(name, out var entry)) throw new KeyNotFoundException($"{_path}: there is no tensor '{name}'.");
        var convert = converterOf(entry.Type) ?? throw new InvalidDataException($"{_path}: tensor '{name}' is {entry.Type}, no {wanted} tensor.");
        _stream.Position = _header.DataStart + entry.Begin;
        return (entry, convert);
    }
}
