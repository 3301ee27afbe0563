using System.Collections.Immutable;
using System.Diagnostics;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Training.Loop;
using ConvNeXt.Backbone.Weights;
namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>The checkpoints of a run: its folder, when the next is due, and what a run that goes on begins with.</summary>
internal sealed class Checkpointer : IDisposable
{
    private const long RecordBytes = 1 << 20;

    private readonly CheckpointOptions _options;
    private readonly FileStream _lock;
    private readonly long _bytes;
    private ImmutableSortedDictionary<string, string> _identity = ImmutableSortedDictionary<string, string>.Empty;
    private long _written = Stopwatch.GetTimestamp();

    /// <summary>Takes the folder and tries out whether checkpoints can be written, before anything else is done.</summary>
    /// <exception cref="IOException">The folder cannot be written to, has not enough room, is another run's, or has a checkpoint that is not to be gone on
    /// from.</exception>
    public Checkpointer(CheckpointOptions options, ConvNeXtConfig config, TrainingOptions training)
    {
        _options = options;
        int copies = 4 + (training.AverageDecay is null ? 0 : 1); // weights, two moments, best
        _bytes = (copies * NetworkCost.Parameters(config) * sizeof(float)) + RecordBytes;
        _lock = Take(options);
        try
        {
            if (File.Exists(options.Path) && !options.Resume)
            {
                throw new IOException(
                    $"There is a checkpoint already, '{options.Path}'. Set {nameof(options.Resume)} to go on from it, take another {nameof(options.Folder)}, or delete it.");
            }
            CheckpointFile.Probe(options.Path, _bytes);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>About the bytes of a checkpoint; while it is written they are in memory, too.</summary>
    public long Bytes => _bytes;

    /// <summary>The last good checkpoint; null where there is none.</summary>
    public string? LastGood => File.Exists(_options.Path) ? _options.Path : null;

    /// <summary>Brings engine and progress to where the folder's checkpoint is.</summary>
    /// <param name="identity">What the run is now.</param>
    /// <param name="config">The network.</param>
    /// <param name="engine">Gets the state.</param>
    /// <param name="progress">Gets the position.</param>
    /// <returns>A note for the log; null where there is no checkpoint.</returns>
    /// <exception cref="CheckpointMismatchException">The checkpoint is of another run, and that is not accepted.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    /// <exception cref="WeightMismatchException">It is of another network.</exception>
    public string? Resume(ImmutableSortedDictionary<string, string> identity, ConvNeXtConfig config, ITrainingEngine engine, RunProgress progress)
    {
        _identity = identity;
        if (LastGood is not { } path) return null;
        var record = CheckpointFile.ReadRecord(path);
        var differences = RunIdentity.Compare(identity, record.Identity);
        if (!differences.IsEmpty && !_options.AcceptChanges) throw new CheckpointMismatchException(path, differences);

        var checkpoint = CheckpointFile.Read(path);
        if (checkpoint.Best is not null) WeightCheck.Require(config, checkpoint.Best, path);
        engine.ImportState(differences.IsEmpty ? checkpoint.State : FitAverage(checkpoint.State, progress.HasAverage));
        progress.Restore(record, RunIdentity.IsMeasuredAlike(identity, record.Identity) ? checkpoint.Best : null, isChanged: !differences.IsEmpty);
        string note = $"Going on from '{path}': epoch {progress.Epoch + 1}, after {progress.Step} steps of it.";
        return differences.IsEmpty ? note : $"{note} Changed: {string.Join("; ", differences)}.";
    }

    /// <summary>Writes a checkpoint if it is time.</summary>
    public void AfterStep(ITrainingEngine engine, RunProgress progress)
    {
        if (_options.EveryMinutes is { } minutes && Stopwatch.GetElapsedTime(_written).TotalMinutes >= minutes) Write(engine, progress);
    }

    /// <summary>Writes a checkpoint if it is time.</summary>
    public void AfterEpoch(ITrainingEngine engine, RunProgress progress)
    {
        if (_options.EveryEpochs is { } epochs && progress.Epoch % epochs == 0) Write(engine, progress);
        else AfterStep(engine, progress);
    }

    /// <summary>Writes a checkpoint.</summary>
    /// <exception cref="IOException">It cannot be written; the one before is as it was.</exception>
    public void Write(ITrainingEngine engine, RunProgress progress)
    {
        var state = engine.ExportState();
        new CheckpointFile(state, progress.Best is null ? null : progress.Weights, progress.ToRecord(state.Steps, _identity)).Write(_options.Path, _bytes);
        _written = Stopwatch.GetTimestamp();
    }

    public void Dispose() => _lock.Dispose();

    // A run that has an average from now on begins it with the weights.
    private static TrainingEngineState FitAverage(TrainingEngineState state, bool hasAverage) => state with { Average = hasAverage ? state.Average ?? state.Weights : null };

    private static FileStream Take(CheckpointOptions options)
    {
        try
        {
            Directory.CreateDirectory(options.Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The folder for checkpoints, '{options.Folder}', cannot be made: {e.Message}", e);
        }
        try
        {
            return new FileStream(Path.Combine(options.Folder, "checkpoint.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The folder for checkpoints, '{options.Folder}', cannot be written to, or another run has it: {e.Message}", e);
        }
    }
}
