using System.Collections.ObjectModel;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Layers;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;
using ConvNeXt.MLNet.MLNetInternals;
using ConvNeXt.MLNet.Schema;
using Microsoft.ML;
using static System.FormattableString;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>
/// Reads and writes a network in an ML.NET model file: the weights as a stream, everything else as JSON in the component's own block (int32 length, UTF-8). The
/// JSON contains the SHA-256 of the stream, so that weights of another model are detected even if their shapes match. The stream is a safetensors file whose data
/// are planes of bytes; in files of earlier versions, it is an ordinary safetensors file.
/// </summary>
internal static class ModelFile
{
    private delegate WeightSet WeightsReader(Stream stream, string name, long? length, out IReadOnlyDictionary<string, string> metadata);

    /// <summary>The first version of a component in a model file.</summary>
    public const uint FirstVersion = 0x00010001;

    private const string WeightsName = "weights.planes";
    private const string EarlierWeightsName = "weights.safetensors";
    private const int CurrentFormat = 1;
    private const int MaxDescriptionBytes = 256 << 20; // a million labels of about 250 characters

    // Created when something is written, or when the settings of ConvNeXtPixels are read.
    private static readonly Lazy<JsonSerializerOptions> Options = new(() => new JsonSerializerOptions(JsonSerializerDefaults.Strict)
    {
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
    });

    /// <summary>
    /// Returns the ML.NET version header of a component. It contains the simple name of the assembly, so that a model loads with any assembly version.
    /// </summary>
    /// <param name="modelSignature">8 characters.</param>
    /// <param name="loaderSignature">At most 24 characters.</param>
    /// <param name="written">The version that this code writes; also the latest that it can read.</param>
    /// <param name="readable">The earliest version whose code can read what is written.</param>
    public static VersionInfo CreateVersionInfo(string modelSignature, string loaderSignature, uint written = FirstVersion, uint readable = FirstVersion) => new(
        modelSignature: modelSignature,
        verWrittenCur: written,
        verReadableCur: readable,
        verWeCanReadBack: FirstVersion,
        loaderSignature: loaderSignature,
        loaderAssemblyName: typeof(ModelFile).Assembly.GetName().Name!);

    /// <summary>Writes the current component of a model file. The version header must already be set.</summary>
    /// <param name="ctx">The save context.</param>
    /// <param name="network">The network.</param>
    /// <param name="describe">Completes the description.</param>
    /// <param name="license">The license of the weights that training started from; null if it is not known.</param>
    public static void Save(ModelSaveContext ctx, ImageNetwork network, Func<ModelDescription, ModelDescription> describe, string? license = null)
    {
        string hash = "";
        ctx.SaveBinaryStream(WeightsName, writer =>
        {
            writer.Flush();
            using var sha = SHA256.Create();
            using (var hashing = new CryptoStream(writer.BaseStream, sha, CryptoStreamMode.Write, leaveOpen: true))
                SafetensorsWriter.WritePlanes(hashing, network.Weights, StoredLicense.ToMetadata(license));
            hash = Convert.ToHexString(sha.Hash!);
        });
        ModelDescription description = describe(new ModelDescription
        {
            Format = CurrentFormat,
            Network = network.Config,
            Preprocessing = network.Preprocessing,
            ImageColumn = "",
            OutputColumns = [],
            BatchSize = 1,
            WeightsSha256 = hash,
        });
        WriteJson(ctx.Writer, description);
    }

    /// <summary>Reads the current component of a model file. The version header must already be checked.</summary>
    /// <param name="ctx">The load context.</param>
    /// <param name="outputColumns">Number of output columns that the component adds.</param>
    /// <param name="engine">Creates the engine. The managed engine uses all cores.</param>
    /// <param name="network">The network.</param>
    /// <param name="license">The license of the weights that training started from; null if the file does not have it.</param>
    /// <exception cref="InvalidDataException">The component is damaged, or its weights are not the ones it was saved with.</exception>
    public static ModelDescription Load(ModelLoadContext ctx, int outputColumns, EngineChoice engine, out ImageNetwork network, out string? license)
    {
        SkiaLibrary.Preload(); // while the weights are read, as well as the kernels
        ModelDescription description = ReadJson(ctx.Reader, static json => ModelDescriptionReader.Read(json));
        Check(description, outputColumns);
        engine.WarmUp(description.Network);
        WeightSet weights = TryLoadWeights(ctx, WeightsName, SafetensorsReader.ReadPlanes, description, out IReadOnlyDictionary<string, string> metadata)
            ?? TryLoadWeights(ctx, EarlierWeightsName, SafetensorsReader.Read, description, out metadata)
            ?? throw new InvalidDataException($"The model file is damaged: the network has no '{WeightsName}'.");
        license = StoredLicense.Find(metadata);
        network = new ImageNetwork(description.Network, description.Preprocessing, weights, threadCount: 0, engine);
        return description;
    }

    /// <summary>Writes settings as JSON: int32 length, then UTF-8.</summary>
    public static void WriteJson<T>(BinaryWriter writer, T settings)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(settings, Options.Value);
        writer.Write(json.Length);
        writer.Write(json);
    }

    /// <summary>Reads settings written by <see cref="WriteJson"/>.</summary>
    /// <exception cref="InvalidDataException">The JSON is damaged.</exception>
    public static T ReadJson<T>(BinaryReader reader)
        where T : class => ReadJson(reader, static json => JsonSerializer.Deserialize<T>(json, Options.Value)
            ?? throw new JsonException("The description is null."));

    /// <summary>Parses the labels of a description; null if it has none.</summary>
    /// <exception cref="InvalidDataException">The labels cannot be read.</exception>
    public static LabelValues? ParseLabels(ModelDescription description)
    {
        if (description.LabelType is null) return null;
        try
        {
            return LabelValues.Parse(description.LabelType, description.Labels!);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"The model file is damaged: its labels cannot be read. {e.Message}", e);
        }
    }

    /// <summary>Checks the image root folder of a component.</summary>
    /// <exception cref="InvalidDataException">It cannot be a folder.</exception>
    public static void CheckFolder(string? folder)
    {
        if (ImagePaths.FindProblem(folder) is { } problem) throw new InvalidDataException($"The model file is damaged: {problem}.");
    }

    /// <summary>Checks the names of a component's columns.</summary>
    /// <exception cref="InvalidDataException">One is empty or missing.</exception>
    public static void CheckNames(IEnumerable<string?> names)
    {
        if (names.Any(string.IsNullOrEmpty)) throw new InvalidDataException("The model file is damaged: the name of a column is empty.");
    }

    private static T ReadJson<T>(BinaryReader reader, Func<byte[], T> parse)
    {
        try
        {
            int length = reader.ReadInt32();
            long left = reader.BaseStream.Length - reader.BaseStream.Position;
            if (length < 2 || length > Math.Min(MaxDescriptionBytes, left))
                throw new InvalidDataException($"The model file is damaged: the network description has an invalid length of {length} bytes.");
            return parse(reader.ReadBytes(length));
        }
        catch (Exception e) when (e is JsonException or EndOfStreamException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"The model file is damaged or from a later version: the network description cannot be read. {e.Message}", e);
        }
    }

    private static void Check(ModelDescription description, int outputColumns)
    {
        if (description.Format != CurrentFormat)
            throw new InvalidDataException($"The network in the model file has format {description.Format}; this version reads format {CurrentFormat}.");
        try
        {
            NetworkChecks.Check(description.Network);
            description.Preprocessing.Validate();
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The model file is damaged: {e.Message}", e);
        }
        CheckFolder(description.ImageFolder);
        CheckNames([description.ImageColumn, .. description.OutputColumns]);
        if (description.ProblemColumn is { } problem) CheckNames([problem]);
        if (description.Temperature is { } temperature && !(temperature > 0 && double.IsFinite(temperature)))
            throw new InvalidDataException(Invariant($"The model file is damaged: its temperature is {temperature}; it must be above 0."));
        if (description.OutputColumns.Length != outputColumns || description.BatchSize < 1 || (description.Labels is null) != (description.LabelType is null)
            || (description.Labels is { } labels && labels.Length != description.Network.ClassCount))
            throw new InvalidDataException("The model file is damaged: columns, labels and batch size of the network are inconsistent.");
    }

    private static WeightSet? TryLoadWeights(
        ModelLoadContext ctx, string name, WeightsReader read, ModelDescription description, out IReadOnlyDictionary<string, string> metadata)
    {
        using (Stream? stream = ArchiveEntry.TryOpen(ctx, name, out long length))
        {
            if (stream is not null) return ReadWeights(stream, name, length, read, description, out metadata);
        }
        WeightSet? weights = null;
        IReadOnlyDictionary<string, string> found = ReadOnlyDictionary<string, string>.Empty;
        ctx.TryLoadBinaryStream(name, reader => weights = ReadWeights(reader.BaseStream, name, reader.BaseStream.Length, read, description, out found));
        metadata = found;
        return weights;
    }

    private static WeightSet ReadWeights(
        Stream stream, string name, long length, WeightsReader read, ModelDescription description, out IReadOnlyDictionary<string, string> metadata)
    {
        using var hashing = new HashingStream(stream);
        WeightSet weights;
        try
        {
            weights = read(hashing, name, length, out metadata);
        }
        catch (InvalidDataException)
        {
            CheckHash(hashing, name, description); // If the hash differs, that is the more useful message.
            throw;
        }
        CheckHash(hashing, name, description);
        try
        {
            WeightCheck.Require(description.Network, weights, name);
        }
        catch (WeightMismatchException e)
        {
            throw new InvalidDataException($"The model file is damaged: {e.Message}", e);
        }
        return weights;
    }

    private static void CheckHash(HashingStream stream, string name, ModelDescription description)
    {
        string hash = stream.HashToEnd();
        if (string.Equals(hash, description.WeightsSha256, StringComparison.OrdinalIgnoreCase)) return;
        throw new InvalidDataException(
            $"'{name}' in the model file differs from the weights that were saved: its SHA-256 is {hash}, expected {description.WeightsSha256}. "
            + "The file is damaged, or the weights were replaced.");
    }
}
