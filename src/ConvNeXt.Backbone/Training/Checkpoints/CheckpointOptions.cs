namespace ConvNeXt.Backbone.Training.Checkpoints;

/// <summary>
/// Where and how often a run writes all that it needs to go on, and whether it goes on. There is one file, <c>checkpoint.safetensors</c>: a new one replaces it
/// when it is complete and on the disk, so that whatever happens there is a good one. It is also written at the end of the run, and when the run is cancelled.
/// </summary>
public sealed record CheckpointOptions
{
    /// <summary>The folder, which is made if need be; for one run at a time.</summary>
    public required string Folder { get; init; }

    /// <summary>Minutes from one checkpoint to the next, at least 0; 0 writes one after each step. Null writes none by time.</summary>
    public double? EveryMinutes { get; init; } = 10;

    /// <summary>Epochs from one checkpoint to the next, at least 1; null writes none by epochs.</summary>
    public int? EveryEpochs { get; init; }

    /// <summary>
    /// Whether to go on from the folder's checkpoint, also from the middle of an epoch: the run ends bit for bit as if it had never been interrupted. Without a
    /// checkpoint the run begins. False: a folder that has a checkpoint is refused, so that none is lost.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Whether to go on although options, network or data are not those of the checkpoint. The interrupted epoch is then begun anew, under the new options; and
    /// where validation images or their preparation are others, so is the search for the best weights. False: what differs is listed in a
    /// <see cref="CheckpointMismatchException"/>.
    /// </summary>
    public bool AcceptChanges { get; init; }

    /// <summary>The checkpoint's file.</summary>
    public string Path => System.IO.Path.Combine(Folder, "checkpoint.safetensors");

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">One is out of its range; the message says which and what is possible.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Folder);
        if (EveryMinutes is { } minutes && !(minutes >= 0))
            throw new ArgumentOutOfRangeException(nameof(EveryMinutes), minutes, $"{nameof(EveryMinutes)} has to be at least 0.");
        if (EveryEpochs is < 1)
            throw new ArgumentOutOfRangeException(nameof(EveryEpochs), EveryEpochs, $"{nameof(EveryEpochs)} has to be at least 1.");
    }
}
