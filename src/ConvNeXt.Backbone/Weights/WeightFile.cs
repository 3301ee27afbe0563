using System.Collections.Immutable;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights.Naming;
using ConvNeXt.Backbone.Weights.PyTorch;
using ConvNeXt.Backbone.Weights.Safetensors;

namespace ConvNeXt.Backbone.Weights;

/// <summary>
/// An open weights file. Names and shapes are known and checked; values are read tensor by tensor into the caller's memory, so an engine can load the weights
/// without a second copy of all of them. Not thread-safe.
/// </summary>
public sealed class WeightFile : IDisposable
{
    private delegate void ReadValues(string storedName, Span<float> values);

    // PyTorch counts the batches that a batch norm has seen; nothing is computed with it.
    private const string BatchCounter = ".num_batches_tracked";

    private readonly string _path;
    private readonly IDisposable _file;
    private readonly ReadValues _read;
    private readonly OrderedDictionary<string, (string StoredName, ImmutableArray<int> Shape)> _tensors = new(StringComparer.Ordinal);

    private WeightFile(
        string path, WeightsFormat format, IDisposable file, ReadValues read,
        (string StoredName, string Name, SafetensorsType Type, ImmutableArray<int> Shape)[] entries)
    {
        (_path, Format, _file, _read) = (path, format, file, read);
        Naming = NameMap.Detect(entries.Select(entry => entry.Name));
        StoredTypes = [.. entries.Select(entry => entry.Type).Distinct().Order().Select(type => type.ToString())];
        foreach (var entry in entries)
        {
            if (entry.Name.EndsWith(BatchCounter, StringComparison.Ordinal)) continue;
            string name = NameMap.OfficialName(entry.Name, Naming);
            if (TensorDecoding.ToSingle(entry.Type) is null)
                throw new InvalidDataException($"{path}: tensor '{entry.Name}' has type {entry.Type}; weights must be F32, F16, BF16 or F64.");
            if (!_tensors.TryAdd(name, (entry.StoredName, NameMap.OfficialShape(name, entry.Shape))))
                throw new InvalidDataException($"{path}: two tensors have the official name '{name}'.");
        }
        Shapes = new OrderedDictionary<string, ImmutableArray<int>>(
            _tensors.Select(item => KeyValuePair.Create(item.Key, item.Value.Shape)), StringComparer.Ordinal);
    }

    /// <summary>Format of the file, detected from its content, not its name.</summary>
    public WeightsFormat Format { get; }

    /// <summary>Naming scheme of the file.</summary>
    public WeightNaming Naming { get; }

    /// <summary>Element types in the file, such as <c>F32</c> and <c>BF16</c>.</summary>
    public ImmutableArray<string> StoredTypes { get; }

    /// <summary>Shape of each tensor by official name, in file order.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<int>> Shapes { get; }

    /// <summary>
    /// Opens a weights file and checks everything except the values. Supported are safetensors files and PyTorch checkpoints, with official, timm, torchvision
    /// or Hugging Face names.
    /// </summary>
    /// <param name="path">The file. A PyTorch checkpoint in the legacy container is read completely; of other files, only the header or the pickle.</param>
    /// <exception cref="InvalidDataException">The file has neither format, is damaged, or refers to objects that are not allowed in a weights file; the message
    /// names the file and the problem.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        WeightsFormat format = WeightsFormats.Detect(path);
        IDisposable? opened = null;
        try
        {
            if (format == WeightsFormat.PyTorch)
            {
                PthFile checkpoint = PthFile.Open(path);
                opened = checkpoint;
                return new WeightFile(path, format, checkpoint, checkpoint.ReadSingles, checkpoint.ListWeights());
            }
            SafetensorsFile file = SafetensorsFile.Open(path);
            opened = file;
            return new WeightFile(path, format, file, file.ReadSingles, [.. file.Entries.Select(entry => (entry.Name, entry.Name, entry.Type, entry.Shape))]);
        }
        catch
        {
            opened?.Dispose();
            throw;
        }
    }

    /// <summary>Reads all weights of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The weights under official names, as float32.</returns>
    /// <exception cref="InvalidDataException">See <see cref="Open"/>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WeightSet ReadAll(string path)
    {
        using WeightFile file = Open(path);
        return file.ReadAll();
    }

    /// <summary>Returns the configuration that the weights belong to; see <see cref="ConfigDetector.Detect(WeightSet, string)"/>.</summary>
    /// <exception cref="InvalidDataException">The weights are not those of a ConvNeXt classifier; the message names the missing tensor.</exception>
    public ConvNeXtConfig DetectConfig() => ConfigDetector.Detect(Shapes, _path);

    /// <summary>Throws if the weights do not match the configuration.</summary>
    /// <exception cref="WeightMismatchException">The weights do not match; the message names their network if it is known, or lists the problems.</exception>
    public void Require(ConvNeXtConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        WeightCheck.Require(config, Shapes, _path);
    }

    /// <summary>Reads the values of one tensor as float32 in row-major order. Half and bfloat16 are widened, double is narrowed.</summary>
    /// <param name="name">Official name of the tensor.</param>
    /// <param name="values">Receives the values; the length must be the product of the tensor's dimensions.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="ArgumentException">The span has the wrong length.</exception>
    /// <exception cref="InvalidDataException">The file has changed since it was opened, or a storage of a checkpoint is missing or has the wrong
    /// size.</exception>
    public void Read(string name, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_tensors.TryGetValue(name, out var tensor)) throw new KeyNotFoundException($"{_path}: there is no tensor '{name}'.");
        if (values.Length != Count(tensor.Shape))
            throw new ArgumentException(
                $"Tensor '{name}' is [{string.Join(',', tensor.Shape)}], but there is room for {values.Length} values.", nameof(values));
        _read(tensor.StoredName, values);
    }

    /// <summary>Reads all tensors.</summary>
    /// <exception cref="InvalidDataException">See <see cref="Read(string, Span{float})"/>.</exception>
    public WeightSet ReadAll()
    {
        var weights = new WeightSet();
        foreach (var (name, shape) in Shapes)
        {
            var values = new float[Count(shape)];
            Read(name, values);
            weights.Add(new WeightTensor(name, shape, values));
        }
        return weights;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static long Count(ImmutableArray<int> shape) => shape.Aggregate(1L, (product, dimension) => product * dimension);
}
