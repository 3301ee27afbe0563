using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>
/// Identifies a run by its options, network, initial weights and data, as named values that can be compared. For the data, the labels and file names of all
/// items and the pixels of a few are compared; the folder is not, because it may be moved.
/// </summary>
internal static class RunIdentity
{
    private const int SampledPictures = 16;
    private const string HashPrefix = "sha256:", TrainingSet = "training set", ValidationSet = "validation set";
    private const string Preprocessing = $"{nameof(TrainingOptions)}.{nameof(TrainingOptions.Preprocessing)}";
    private const string NormalizeByTrainingSet = $"{nameof(TrainingOptions)}.{nameof(TrainingOptions.NormalizeByTrainingSet)}";

    // These change speed, memory or reports, but not the weights.
    private static readonly ImmutableHashSet<string> _ignored =
    [
        $"{nameof(ConvNeXtConfig)}.{nameof(ConvNeXtConfig.Name)}",
        .. new[]
        {
            nameof(TrainingOptions.LoaderThreads), nameof(TrainingOptions.ComputeThreads), nameof(TrainingOptions.BatchesAhead), nameof(TrainingOptions.DataQueueBytes),
            nameof(TrainingOptions.MetricsFile), nameof(TrainingOptions.TopK), nameof(TrainingOptions.CalibrateTemperature), nameof(TrainingOptions.SkipUnreadableImages),
            nameof(TrainingOptions.ActivationCheckpointing),
        }.Select(name => $"{nameof(TrainingOptions)}.{name}"),
    ];

    private static readonly JsonSerializerOptions _json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Describes a run.</summary>
    /// <param name="config">The network.</param>
    /// <param name="options">The training options.</param>
    /// <param name="initialWeights">The weights it starts from.</param>
    /// <param name="train">The training set.</param>
    /// <param name="validation">The validation set.</param>
    /// <param name="teacher">The teacher.</param>
    /// <param name="withPictures">Whether pixels of some images are read, too.</param>
    public static ImmutableSortedDictionary<string, string> Create(
        ConvNeXtConfig config, TrainingOptions options, WeightSet initialWeights, ImageSet train, ImageSet? validation, TrainingTeacher? teacher = null,
        bool withPictures = true)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        Add(values, nameof(ConvNeXtConfig), JsonSerializer.SerializeToNode(config, _json));
        Add(values, nameof(TrainingOptions), JsonSerializer.SerializeToNode(options, _json));
        values.Add("initial weights", Hash(initialWeights));
        if (teacher is not null) Add(values, teacher);
        Add(values, TrainingSet, train, withPictures);
        if (validation is not null) Add(values, ValidationSet, validation, withPictures);
        return values.ToImmutable();
    }

    /// <summary>Describes the differences.</summary>
    public static ImmutableArray<string> Compare(ImmutableSortedDictionary<string, string> now, ImmutableSortedDictionary<string, string> before) =>
    [
        .. now.Keys.Union(before.Keys).Order(StringComparer.Ordinal)
            .Where(key => now.GetValueOrDefault(key) != before.GetValueOrDefault(key))
            .Select(key => DescribeDifference(key, now.GetValueOrDefault(key), before.GetValueOrDefault(key), "was")),
    ];

    /// <summary>
    /// Whether the metrics of the two runs are comparable and the weights of one are valid for the other: both validate on the same images with the same
    /// preprocessing.
    /// </summary>
    public static bool IsMeasuredAlike(ImmutableSortedDictionary<string, string> now, ImmutableSortedDictionary<string, string> before)
    {
        bool byTrainingSet = bool.TryParse(now.GetValueOrDefault(NormalizeByTrainingSet), out bool value) && value;
        return now.Keys.Union(before.Keys).Where(Counts).All(key => now.GetValueOrDefault(key) == before.GetValueOrDefault(key));

        bool Counts(string key) =>
            key == NormalizeByTrainingSet || key.StartsWith(Preprocessing, StringComparison.Ordinal) || key.StartsWith(ValidationSet, StringComparison.Ordinal)
            || (byTrainingSet && key.StartsWith(TrainingSet, StringComparison.Ordinal));
    }

    /// <summary>Describes one difference.</summary>
    /// <param name="key">Name of the value.</param>
    /// <param name="now">The value, or null if it is missing.</param>
    /// <param name="other">The value that it is compared with, or null if that is missing.</param>
    /// <param name="verb">The word before the other one.</param>
    public static string DescribeDifference(string key, string? now, string? other, string verb) =>
        now?.StartsWith(HashPrefix, StringComparison.Ordinal) == true && other is not null ? $"{key} differ" : $"{key} is {now ?? "missing"}, {verb} {other ?? "missing"}";

    private static void Add(ImmutableSortedDictionary<string, string>.Builder values, string name, JsonNode? node)
    {
        if (_ignored.Contains(name)) return;
        if (node is JsonObject members)
        {
            foreach (var (member, value) in members) Add(values, $"{name}.{member}", value);
            return;
        }
        values.Add(name, node?.ToJsonString() ?? "null");
    }

    private static void Add(ImmutableSortedDictionary<string, string>.Builder values, TrainingTeacher teacher)
    {
        Add(values, nameof(DistillationOptions), JsonSerializer.SerializeToNode(teacher.Options, _json));
        Add(values, "teacher's network", JsonSerializer.SerializeToNode(teacher.Config, _json));
        Add(values, "teacher's preprocessing", JsonSerializer.SerializeToNode(teacher.Preprocessing, _json));
        Add(values, "teacher's calibration", JsonSerializer.SerializeToNode(teacher.Calibration, _json));
        values.Add("teacher's classes", teacher.Classes is { } classes ? string.Join(',', classes) : "same");
        values.Add("teacher's weights", Hash(teacher.Weights));
    }

    private static void Add(ImmutableSortedDictionary<string, string>.Builder values, string name, ImageSet set, bool withPictures)
    {
        values.Add($"{name}: images", set.Items.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        values.Add($"{name}: labels", Hash(set.Items, (hash, item) => hash.AppendData(BitConverter.GetBytes(set.LabelOf(item)))));
        values.Add($"{name}: names", Hash(set.Items, (hash, item) => hash.AppendData(Encoding.UTF8.GetBytes(NameOf(set.DescribeItem(item)) + '\n'))));
        if (withPictures) values.Add($"{name}: pictures", HashPictures(set));
    }

    /// <summary>Identifies weights.</summary>
    public static string Hash(WeightSet weights) =>
        Hash(weights.Tensors, (hash, tensor) => hash.AppendData(MemoryMarshal.AsBytes(tensor.Values.AsSpan())));

    private static string Hash<T>(IEnumerable<T> items, Action<IncrementalHash, T> append)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (T item in items) append(hash, item);
        return HashPrefix + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string HashPictures(ImageSet set)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int count = Math.Min(SampledPictures, set.Items.Length);
        for (int i = 0; i < count; i++)
        {
            using RgbImage image = set.Load(set.Items[(int)((long)i * set.Items.Length / count)]);
            hash.AppendData(BitConverter.GetBytes(image.Width));
            hash.AppendData(BitConverter.GetBytes(image.Height));
            hash.AppendData(image.Pixels.AsSpan(0, image.Width * image.Height * 3));
        }
        return HashPrefix + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string NameOf(string description) => description[(description.LastIndexOfAny(['/', '\\']) + 1)..];
}
