using ConvNeXt.Pretraining.Shards;

namespace ConvNeXt.Pretraining.Training;

/// <summary>Settings of a run: folders, time limit and recipe.</summary>
internal sealed record RunSettings
{
    /// <summary>Value of <see cref="VeilChance"/> if nothing is said.</summary>
    public const double DefaultVeilChance = 0.3;

    /// <summary>Folder of the decoded pictures.</summary>
    public required string Bank { get; init; }

    /// <summary>Folder of the run.</summary>
    public required string Folder { get; init; }

    /// <summary>How long the whole run may take, the parts before an interruption included.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>How many pictures the student sees, instead of a time; null for a time.</summary>
    public long? Pictures { get; init; }

    /// <summary>Folder of another run whose shards are used, so that variants of the method see the same crops; null to make shards.</summary>
    public string? ShardsOf { get; init; }

    /// <summary>Weights to begin with; null for random ones.</summary>
    public string? Start { get; init; }

    /// <summary>Whether to resume from the checkpoint in the folder.</summary>
    public bool Resume { get; init; }

    /// <summary>Folders of class folders on which the transfer is measured; nothing is ever trained on them.</summary>
    public IReadOnlyList<string> Probes { get; init; } = [];

    /// <summary>Of all that is drawn.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Crops in a shard.</summary>
    public int CropsPerShard { get; init; } = 4096;

    /// <summary>How often a crop is seen, about.</summary>
    public double Passes { get; init; } = 5;

    /// <summary>Crops waiting to be seen, in shards, that the run builds up at first so that old and new ones mix.</summary>
    public double Backlog { get; init; } = 5;

    /// <summary>Largest learning rate.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Images of a step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Side of the student's pictures in pixels.</summary>
    public int Side { get; init; } = CropRecord.Side;

    /// <summary>Share of the views with a veil of another picture (mixup of one view).</summary>
    public double VeilChance { get; init; } = DefaultVeilChance;

    /// <summary>Factor of the loss on the teacher's last map; that on the pooled features is 1.</summary>
    public double MapWeight { get; init; } = 0.5;

    /// <summary>Factor of the loss on the teacher's map before the last.</summary>
    public double HintWeight { get; init; } = 0.25;
}
