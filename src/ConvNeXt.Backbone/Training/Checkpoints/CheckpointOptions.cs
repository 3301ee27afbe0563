namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>
/// Where and how often to write checkpoints, and whether to resume from one. There is one file, <c>checkpoint.safetensors</c>. A new checkpoint replaces it
/// only when it is complete and flushed to disk, so that there is always a good one. A checkpoint is also written at the end of the run and when the run is
/// canceled.
/// </summary>
public sealed record CheckpointOptions
{
    /// <summary>The folder, created if it does not exist. Only one run at a time can use it.</summary>
    public required string Folder { get; init; }

    /// <summary>Minutes between checkpoints, at least 0; 0 writes one after each step. Null disables checkpoints by time.</summary>
    public double? EveryMinutes { get; init; } = 10;

    /// <summary>Epochs between checkpoints, at least 1; null disables checkpoints by epochs.</summary>
    public int? EveryEpochs { get; init; }

    /// <summary>
    /// Whether to resume from the folder's checkpoint, even in the middle of an epoch: the result is bit-identical to that of an uninterrupted run. If there is
    /// no checkpoint, the run starts from the beginning. False: a folder that holds a checkpoint is rejected, so that none is lost.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Whether to resume even if options, network or data differ from those of the checkpoint. The interrupted epoch is then restarted with the new options; if
    /// the validation images or their preprocessing differ, so is the search for the best weights. False: the differences are listed in a
    /// <see cref="CheckpointMismatchException"/>.
    /// </summary>
    public bool AcceptChanges { get; init; }

    /// <summary>Path of the checkpoint file.</summary>
    public string Path => System.IO.Path.Combine(Folder, "checkpoint.safetensors");

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message says which one and what is allowed.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Folder);
        if (EveryMinutes is { } minutes && !(minutes >= 0))
            throw new ArgumentOutOfRangeException(nameof(EveryMinutes), minutes, $"{nameof(EveryMinutes)} must be at least 0.");
        if (EveryEpochs is < 1)
            throw new ArgumentOutOfRangeException(nameof(EveryEpochs), EveryEpochs, $"{nameof(EveryEpochs)} must be at least 1.");
    }
}
