using System.Text.Json;
using System.Text.Json.Serialization;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Loop;
using ConvNeXt.Backbone.Weights;
using ConvNeXt.Backbone.Weights.Safetensors;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>
/// A checkpoint as a safetensors file: the tensors of the engine's state and the best weights, each kind under its own prefix, and a
/// <see cref="CheckpointRecord"/> as JSON in the metadata. Any type of engine can resume from it.
/// </summary>
/// <param name="State">The engine's state.</param>
/// <param name="Best">The best weights so far; null before the first evaluation.</param>
/// <param name="Record">Everything else.</param>
internal sealed record CheckpointFile(TrainingEngineState State, WeightSet? Best, CheckpointRecord Record)
{
    private const string RecordKey = "convnext.checkpoint";
    private const string Weights = "weights.", FirstMoments = "first_moments.", SecondMoments = "second_moments.", Average = "average.", BestWeights = "best.";

    private static readonly JsonSerializerOptions _json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Writes a temporary file, flushes it to disk, and then renames it.</summary>
    /// <param name="path">Path of the file; an existing file is kept until the new one is complete.</param>
    /// <param name="bytes">Approximate size in bytes; the space is reserved first.</param>
    /// <param name="retry">Attempts to write and to rename; null for one.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path, long bytes, Retry? retry = null)
    {
        string temporary = TemporaryOf(path);
        retry ??= Retry.None;
        try
        {
            retry.Write(() => WriteAll(temporary, bytes));
            retry.Write(() => File.Move(temporary, path, overwrite: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            string good = File.Exists(path) ? $"The last good checkpoint, '{path}', is unchanged." : "There is no earlier checkpoint.";
            throw new IOException(Invariant($"A checkpoint of {bytes / 1e6:N0} MB cannot be written to '{path}': {e.Message} {good}"), e);
        }
    }

    /// <summary>Reads a checkpoint. The file is untrusted, so everything in it is validated.</summary>
    /// <exception cref="InvalidDataException">The file is not a valid checkpoint.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CheckpointFile Read(string path)
    {
        var tensors = SafetensorsReader.Read(path, out var metadata);
        var record = ReadRecord(path, metadata);
        var state = new TrainingEngineState
        {
            Weights = Pick(tensors, Weights) ?? throw Damaged(path, "it has no weights"),
            FirstMoments = Pick(tensors, FirstMoments) ?? throw Damaged(path, "it has no first moments"),
            SecondMoments = Pick(tensors, SecondMoments) ?? throw Damaged(path, "it has no second moments"),
            Average = Pick(tensors, Average),
            Steps = record.Steps,
        };
        var best = Pick(tensors, BestWeights);
        if (best is null != record.Best is null) throw Damaged(path, "it has best weights or a best epoch, but not both");
        return new CheckpointFile(state, best, record);
    }

    /// <summary>Reads the record of a checkpoint without its tensors.</summary>
    /// <exception cref="InvalidDataException">The file is not a valid checkpoint.</exception>
    public static CheckpointRecord ReadRecord(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return ReadRecord(path, file.Metadata);
    }

    /// <summary>Checks that a checkpoint of this size can be written.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Probe(string path, long bytes)
    {
        string temporary = TemporaryOf(path);
        try
        {
            using (var stream = Create(temporary, bytes))
            {
                stream.WriteByte(0);
                stream.Flush(flushToDisk: true);
            }
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new IOException(Invariant($"Checkpoints of {bytes / 1e6:N0} MB cannot be written to '{path}': {e.Message}"), e);
        }
    }

    private void WriteAll(string path, long bytes)
    {
        using var stream = Create(path, bytes);
        SafetensorsWriter.Write(stream, AllTensors(), new Dictionary<string, string> { [RecordKey] = JsonSerializer.Serialize(Record, _json) });
        stream.SetLength(stream.Position);
        stream.Flush(flushToDisk: true);
    }

    private static string TemporaryOf(string path) => path + ".new";

    private static FileStream Create(string path, long bytes) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Share = FileShare.None,
        BufferSize = 1 << 16,
        PreallocationSize = bytes,
    });

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The caller reports the original error.
        }
    }

    private static CheckpointRecord ReadRecord(string path, IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(RecordKey, out string? text)) throw Damaged(path, "it has no checkpoint metadata");
        try
        {
            var record = JsonSerializer.Deserialize<CheckpointRecord>(text, _json) ?? throw Damaged(path, "its record is empty");
            record.Check(path);
            return record;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The checkpoint '{path}' is damaged: {e.Message}", e);
        }
    }

    private static InvalidDataException Damaged(string path, string what) => new($"'{path}' is not a valid checkpoint file: {what}.");

    private static WeightSet? Pick(WeightSet all, string prefix)
    {
        WeightSet? picked = null;
        foreach (var tensor in all.Tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal)))
            (picked ??= new WeightSet()).Add(tensor with { Name = tensor.Name[prefix.Length..] });
        return picked;
    }

    private WeightSet AllTensors()
    {
        var all = new WeightSet();
        foreach (var (prefix, set) in new[]
        {
            (Weights, State.Weights), (FirstMoments, State.FirstMoments), (SecondMoments, State.SecondMoments), (Average, State.Average), (BestWeights, Best),
        })
        {
            foreach (var tensor in set?.Tensors ?? []) all.Add(tensor with { Name = prefix + tensor.Name });
        }
        return all;
    }
}
