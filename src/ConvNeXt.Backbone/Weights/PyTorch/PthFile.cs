using System.Collections.Immutable;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Backbone.Weights.PyTorch;

/// <summary>
/// A checkpoint written by torch.save, in the zip or the legacy container. Its pickle is interpreted as data with an allow-list of operations and names:
/// nothing in the file is imported or run. Tensors are named by their path, such as <c>model.head.weight</c> or <c>optimizer.state.0.exp_avg</c>.
/// </summary>
internal sealed class PthFile : IDisposable
{
    /// <summary>Number of bytes by which the tensors may exceed the file: views and expanded tensors share bytes in the file.</summary>
    private const long SharingAllowance = 32L << 20;
    private const int MaximumDepth = 32;
    private const int MaximumVisits = 200_000;
    private const int MaximumNameLength = 1024;
    private static readonly string[] WeightKeys = ["model", "module", "state_dict"];

    private readonly string _path;
    private readonly Stream _stream;
    private readonly ITorchContainer _container;
    private readonly OrderedDictionary<string, TorchTensor> _tensors = new(StringComparer.Ordinal);
    private TorchStorage? _lastStorage;
    private byte[] _lastBytes = [];
    private int _visits;

    private PthFile(string path, Stream stream)
    {
        (_path, _stream) = (path, stream);
        _container = OpenContainer(stream);
        Collect(_container.Root, "", 0);
        long bytes = 0;
        foreach (var tensor in _tensors.Values) bytes = checked(bytes + tensor.Count * tensor.Storage.ElementSize);
        if (bytes > stream.Length + SharingAllowance)
            throw new InvalidDataException($"its tensors take {bytes} bytes, but the file has only {stream.Length}");
    }

    /// <summary>Name, type and dimensions of each tensor, in file order.</summary>
    public IEnumerable<(string Name, SafetensorsType Type, ImmutableArray<int> Shape)> Tensors =>
        _tensors.Select(item => (item.Key, item.Value.Storage.Type.ToSafetensors(), item.Value.Shape));

    /// <summary>Opens a checkpoint and checks everything except the tensors' bytes.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is not a checkpoint, is damaged, or uses an operation or a name that is not allowed; the message names
    /// it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PthFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16), path);
    }

    /// <summary>Opens a checkpoint from a stream, which the new object disposes.</summary>
    /// <param name="stream">Seekable, positioned at the start.</param>
    /// <param name="name">Name of the checkpoint for error messages.</param>
    /// <exception cref="InvalidDataException">See <see cref="Open(string)"/>.</exception>
    public static PthFile Open(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            return new PthFile(name, stream);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or OverflowException)
        {
            stream.Dispose();
            throw new InvalidDataException($"{name}: {exception.Message}", exception);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Returns the elements of a tensor in row-major order, little-endian.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidDataException">The storage of the tensor is missing or has the wrong size.</exception>
    public byte[] ReadBytes(string name)
    {
        if (!_tensors.TryGetValue(name, out var tensor)) throw new KeyNotFoundException($"{_path}: there is no tensor '{name}'.");
        try
        {
            if (_lastStorage != tensor.Storage) (_lastBytes, _lastStorage) = (_container.ReadStorage(tensor.Storage), tensor.Storage);
            return tensor.Gather(_lastBytes);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{_path}: tensor '{name}': {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Returns the weights as float32: the tensors under <c>model</c>, <c>module</c> or <c>state_dict</c>, otherwise the top-level tensors. If all names start
    /// with <c>module.</c>, this prefix is removed. Half and bfloat16 are widened, double is narrowed, integer tensors are skipped.
    /// </summary>
    /// <exception cref="InvalidDataException">The file contains no weights, or a storage is missing or has the wrong size.</exception>
    public WeightSet ReadWeights()
    {
        var weights = new WeightSet();
        foreach (var (stored, name, _, shape) in ListWeights())
        {
            var values = new float[_tensors[stored].Count];
            ReadSingles(stored, values);
            weights.Add(new WeightTensor(name, shape, values));
        }
        return weights;
    }

    /// <summary>Reads a floating-point tensor as float32. The length of <paramref name="values"/> must be the number of elements.</summary>
    internal void ReadSingles(string name, Span<float> values)
    {
        byte[] bytes = ReadBytes(name);
        TensorDecoding.ToSingle(_tensors[name].Storage.Type.ToSafetensors())!(bytes, values);
    }

    /// <summary>Lists the tensors that <see cref="ReadWeights"/> reads, with their names in the checkpoint and in the network.</summary>
    /// <exception cref="InvalidDataException">The checkpoint contains no weights.</exception>
    internal (string Stored, string Name, SafetensorsType Type, ImmutableArray<int> Shape)[] ListWeights()
    {
        (string, string, SafetensorsType, ImmutableArray<int>)[] list =
        [
            .. from pair in WeightNames()
               let tensor = _tensors[pair.Stored]
               let type = tensor.Storage.Type.ToSafetensors()
               where TensorDecoding.ToSingle(type) is not null
               select (pair.Stored, pair.Name, type, tensor.Shape),
        ];
        return list.Length > 0 ? list : throw new InvalidDataException($"{_path}: the checkpoint contains no floating-point tensors.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _container.Dispose();
        _stream.Dispose();
    }

    /// <summary>Finds the tensors that are weights; returns their names in the checkpoint and in the network.</summary>
    private IEnumerable<(string Stored, string Name)> WeightNames()
    {
        string prefix = WeightKeys.Select(key => key + ".")
            .FirstOrDefault(start => _tensors.Keys.Any(name => name.StartsWith(start, StringComparison.Ordinal))) ?? "";
        string[] names = [.. _tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        const string Parallel = "module.";
        int skip = prefix.Length + (names.All(name => name.AsSpan(prefix.Length).StartsWith(Parallel)) ? Parallel.Length : 0);
        return names.Select(name => (name, name[skip..]));
    }

    private static ITorchContainer OpenContainer(Stream stream)
    {
        Span<byte> start = stackalloc byte[4];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        if (read == 4 && start.SequenceEqual("PK\x03\x04"u8)) return new TorchZipContainer(stream);
        if (stream.Length > Array.MaxLength) throw new InvalidDataException($"legacy checkpoints of more than {Array.MaxLength} bytes are not supported");
        if (read == 0) throw new InvalidDataException("the file is empty");
        if (start[0] != (byte)PickleOperation.PROTO) throw new InvalidDataException("not a PyTorch checkpoint: neither a zip file nor a pickle");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new TorchLegacyContainer(bytes);
    }

    /// <summary>Collects the tensors, named by the dictionary keys and list indices on the path to them.</summary>
    private void Collect(object? value, string name, int depth)
    {
        // A pickle can refer to one value many times, so a small file can describe a huge tree.
        if (depth > MaximumDepth || ++_visits > MaximumVisits)
        {
            throw new InvalidDataException(
                $"it is nested more than {MaximumDepth} levels deep or has more than {MaximumVisits} values, which no checkpoint needs");
        }
        string Inside(object? key)
        {
            if (key is string text && text.Length + name.Length > MaximumNameLength)
                throw new InvalidDataException($"a tensor's name is longer than {MaximumNameLength} characters");
            return name.Length == 0 ? $"{key}" : $"{name}.{key}";
        }

        switch (value)
        {
            case TorchTensor tensor:
                if (!_tensors.TryAdd(name, tensor)) throw new InvalidDataException($"there are two tensors '{name}'");
                break;
            case PickleDictionary dictionary:
                foreach (var item in dictionary.Items)
                    if (item.Key is string or long) Collect(item.Value, Inside(item.Key), depth + 1);
                break;
            case PickleList list:
                for (int i = 0; i < list.Items.Count; i++) Collect(list.Items[i], Inside(i), depth + 1);
                break;
            case PickleTuple tuple:
                for (int i = 0; i < tuple.Items.Length; i++) Collect(tuple.Items[i], Inside(i), depth + 1);
                break;
        }
    }
}
