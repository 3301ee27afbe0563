using System.Collections.Immutable;
using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Distillation;
using ConvNeXt.Backbone.Training.Loop;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>Manages the checkpoints of a run: locks the folder, decides when to write, and restores the state of a resumed run.</summary>
internal sealed class Checkpointer : IDisposable
{
    private const long RecordBytes = 1 << 20;

    private readonly CheckpointOptions _options;
    private readonly FileStream _lock;
    private readonly long _bytes;
    private readonly OptionalWrite _write;
    private ImmutableSortedDictionary<string, string> _identity = ImmutableSortedDictionary<string, string>.Empty;
    private long _written = Stopwatch.GetTimestamp();

    /// <summary>Locks the folder and checks that checkpoints can be written, before any other work is done.</summary>
    /// <param name="options">The folder and how often to write.</param>
    /// <param name="config">The network.</param>
    /// <param name="training">The training options.</param>
    /// <param name="write">Writes each checkpoint: a failure does not end the run, as the previous checkpoint is unchanged.</param>
    /// <exception cref="IOException">The folder cannot be written to, has too little free space, is in use by another run, or already holds a checkpoint and
    /// <see cref="CheckpointOptions.Resume"/> is off.</exception>
    public Checkpointer(CheckpointOptions options, ConvNeXtConfig config, TrainingOptions training, OptionalWrite write)
    {
        (_options, _write) = (options, write);
        _bytes = BytesOf(config, training);
        _lock = Take(options);
        try
        {
            if (File.Exists(options.Path) && !options.Resume)
            {
                throw new IOException(
                    $"'{options.Path}' already exists. Set {nameof(options.Resume)} to continue from it, use another {nameof(options.Folder)}, or delete it.");
            }
            CheckpointFile.Probe(options.Path, _bytes);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>Approximate size of the checkpoints of a run in bytes.</summary>
    public static long BytesOf(ConvNeXtConfig config, TrainingOptions training)
    {
        int copies = 4 + (training.AverageDecay is null ? 0 : 1); // weights, two moments, best
        return (copies * NetworkCost.Parameters(config) * sizeof(float)) + RecordBytes;
    }

    /// <summary>Approximate size of a checkpoint in bytes; also the memory it takes while it is written.</summary>
    public long Bytes => _bytes;

    /// <summary>Path of the last good checkpoint; null before the first one.</summary>
    public string? LastGood => File.Exists(_options.Path) ? _options.Path : null;

    /// <summary>Restores engine and progress from the folder's checkpoint.</summary>
    /// <param name="identity">Identity of the current run.</param>
    /// <param name="config">The network.</param>
    /// <param name="engine">Receives the state.</param>
    /// <param name="progress">Receives the position, the metrics and the best weights.</param>
    /// <returns>A message for the log; null if there is no checkpoint.</returns>
    /// <exception cref="CheckpointMismatchException">The checkpoint is from another run, and the differences are not accepted.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    /// <exception cref="WeightMismatchException">The checkpoint is from another network.</exception>
    public string? Resume(ImmutableSortedDictionary<string, string> identity, ConvNeXtConfig config, ITrainingEngine engine, RunProgress progress)
    {
        _identity = identity;
        if (LastGood is not { } path) return null;
        var record = CheckpointFile.ReadRecord(path);
        var differences = RunIdentity.Compare(identity, record.Identity);
        if (!differences.IsEmpty && !_options.AcceptChanges) throw new CheckpointMismatchException(path, differences);

        var checkpoint = CheckpointFile.Read(path);
        if (checkpoint.Best is not null) WeightCheck.Require(config, checkpoint.Best, path);
        engine.ImportState(differences.IsEmpty ? checkpoint.State : FitChangedRun(checkpoint.State, progress.HasAverage));
        progress.Restore(record, RunIdentity.IsMeasuredAlike(identity, record.Identity) ? checkpoint.Best : null, isChanged: !differences.IsEmpty);
        string note = $"Resuming from '{path}': epoch {progress.Epoch + 1}, after {progress.Step} steps.";
        return differences.IsEmpty ? note : $"{note} Changed: {string.Join("; ", differences)}.";
    }

    /// <summary>Writes a checkpoint if one is due.</summary>
    public void AfterStep(ITrainingEngine engine, RunProgress progress)
    {
        if (_options.EveryMinutes is { } minutes && Stopwatch.GetElapsedTime(_written).TotalMinutes >= minutes) Write(engine, progress);
    }

    /// <summary>Writes a checkpoint if one is due.</summary>
    public void AfterEpoch(ITrainingEngine engine, RunProgress progress)
    {
        if (_options.EveryEpochs is { } epochs && progress.Epoch % epochs == 0) Write(engine, progress);
        else AfterStep(engine, progress);
    }

    /// <summary>Writes a checkpoint. If that fails in several attempts, there is a warning, and the previous one is unchanged.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="progress">The state of the run.</param>
    /// <param name="isLast">Whether it is the run's last one.</param>
    public void Write(ITrainingEngine engine, RunProgress progress, bool isLast = false)
    {
        var state = engine.ExportState();
        var file = new CheckpointFile(state, progress.Best is null ? null : progress.Weights, progress.ToRecord(state.Steps, _identity));
        string consequence = isLast ? "The run ends without its last checkpoint." : "Training continues; the next checkpoint is tried at its time.";
        _write.TryRun(retry => file.Write(_options.Path, _bytes, retry), consequence, isLast);
        _written = Stopwatch.GetTimestamp();
    }

    public void Dispose() => _lock.Dispose();

    // If the average is new in this run, it starts as a copy of the weights. Projections onto a teacher's features start anew, as the teacher may have changed.
    private static TrainingEngineState FitChangedRun(TrainingEngineState state, bool hasAverage)
    {
        state = ProjectionState.Remove(state);
        return state with { Average = hasAverage ? state.Average ?? state.Weights : null };
    }

    private static FileStream Take(CheckpointOptions options)
    {
        try
        {
            Directory.CreateDirectory(options.Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The checkpoint folder '{options.Folder}' cannot be created: {e.Message}", e);
        }
        try
        {
            return new FileStream(Path.Combine(options.Folder, "checkpoint.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The checkpoint folder '{options.Folder}' cannot be written to, or is in use by another run: {e.Message}", e);
        }
    }
}
