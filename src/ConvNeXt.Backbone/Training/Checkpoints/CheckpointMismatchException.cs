using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>A run cannot resume from a checkpoint because its options, network or data differ from those of the checkpoint.</summary>
public sealed class CheckpointMismatchException : InvalidOperationException
{
    internal CheckpointMismatchException(string path, ImmutableArray<string> differences)
        : base(
            $"The checkpoint '{path}' is from another run: {string.Join("; ", differences)}. "
            + $"Set {nameof(CheckpointOptions.AcceptChanges)} to resume with the current settings, or use another folder.") => Differences = differences;

    /// <summary>The differences, each with its current and its previous value.</summary>
    public ImmutableArray<string> Differences { get; }
}
