using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>A run was to go on from a checkpoint of a run with other options, another network or other data.</summary>
public sealed class CheckpointMismatchException : InvalidOperationException
{
    internal CheckpointMismatchException(string path, ImmutableArray<string> differences)
        : base(
            $"The checkpoint '{path}' is of another run: {string.Join("; ", differences)}. "
            + $"Set {nameof(CheckpointOptions.AcceptChanges)} to go on with what is given now, or take another folder.") => Differences = differences;

    /// <summary>What differs, each with its value now and then.</summary>
    public ImmutableArray<string> Differences { get; }
}
