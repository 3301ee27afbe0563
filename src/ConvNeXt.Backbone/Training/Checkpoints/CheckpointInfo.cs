using System.Collections.Immutable;
using ConvNeXt.Backbone.Training.Metrics;
namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>What a folder's checkpoint tells of its run; its tensors are not read.</summary>
/// <param name="Path">The file.</param>
/// <param name="Epoch">The epoch that it was written in, from 1.</param>
/// <param name="Step">Steps of that epoch that were taken.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Epochs">Metrics of the epochs that were finished.</param>
public sealed record CheckpointInfo(string Path, int Epoch, int Step, long Seed, ImmutableArray<EpochMetrics> Epochs)
{
    /// <summary>Looks a folder's checkpoint up.</summary>
    /// <param name="options">The folder.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static CheckpointInfo? Find(CheckpointOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!File.Exists(options.Path)) return null;
        var record = CheckpointFile.ReadRecord(options.Path);
        return new CheckpointInfo(options.Path, record.Epoch + 1, record.Step, record.Seed, record.Epochs);
    }
}
