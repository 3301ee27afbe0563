namespace ConvNeXt.Pretraining.Training;

/// <summary>Settings of a run: folders, time limit and recipe. The command line has the defaults.</summary>
internal sealed record RunSettings
{
    /// <summary>Folder of the decoded pictures; null where no shards are made.</summary>
    public required string? Bank { get; init; }

    /// <summary>Folder of the run.</summary>
    public required string Folder { get; init; }

    /// <summary>How long the whole run may take, the parts before an interruption included; null for a number of pictures.</summary>
    public required TimeSpan? Time { get; init; }

    /// <summary>How many pictures the student sees, instead of a time; null for a time.</summary>
    public required long? Pictures { get; init; }

    /// <summary>Folder of another run whose shards are used, so that variants of the method see the same crops; null to make shards.</summary>
    public required string? ShardsOf { get; init; }

    /// <summary>Weights to begin with; null for random ones.</summary>
    public required string? Start { get; init; }

    /// <summary>Whether to resume from the checkpoint in the folder.</summary>
    public required bool Resume { get; init; }

    /// <summary>Folders of class folders on which the transfer is measured; nothing is ever trained on them.</summary>
    public required IReadOnlyList<string> Probes { get; init; }

    /// <summary>Of all that is drawn.</summary>
    public required long Seed { get; init; }

    /// <summary>Crops in a shard.</summary>
    public required int CropsPerShard { get; init; }

    /// <summary>How often a crop is seen, about.</summary>
    public required double Passes { get; init; }

    /// <summary>Largest learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Images of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Side of the student's pictures in pixels.</summary>
    public required int Side { get; init; }

    /// <summary>Share of the views with a veil of another picture (mixup of one view).</summary>
    public required double VeilChance { get; init; }

    /// <summary>Factor of the loss on the teacher's last map; that on the pooled features is 1.</summary>
    public required double MapWeight { get; init; }

    /// <summary>Factor of the loss on the teacher's map before the last.</summary>
    public required double HintWeight { get; init; }
}
