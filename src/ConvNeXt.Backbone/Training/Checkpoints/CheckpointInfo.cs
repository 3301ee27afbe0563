using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Metrics;

namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>Information about the checkpoint in a folder. Its tensors are not read.</summary>
/// <param name="Path">Path of the file.</param>
/// <param name="Epoch">The epoch in which it was written, from 1.</param>
/// <param name="Step">Number of steps of that epoch that were completed.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Epochs">Metrics of the completed epochs.</param>
public sealed record CheckpointInfo(string Path, int Epoch, int Step, long Seed, ImmutableArray<EpochMetrics> Epochs)
{
    /// <summary>Reads the information about the checkpoint in a folder.</summary>
    /// <param name="options">Options that name the folder.</param>
    /// <returns>Null if there is no checkpoint.</returns>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    /// <exception cref="IOException">The checkpoint cannot be read.</exception>
    public static CheckpointInfo? Find(CheckpointOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!File.Exists(options.Path)) return null;
        var record = CheckpointFile.ReadRecord(options.Path);
        return new CheckpointInfo(options.Path, record.Epoch + 1, record.Step, record.Seed, record.Epochs);
    }
}
