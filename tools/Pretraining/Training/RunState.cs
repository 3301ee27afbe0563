namespace ConvNeXt.Pretraining.Training;

/// <summary>Where a run is, besides the engine's state.</summary>
internal sealed class RunState
{
    /// <summary>Steps taken.</summary>
    public int Step { get; set; }

    /// <summary>Pictures seen by the student.</summary>
    public long Seen { get; set; }

    /// <summary>Seconds that the run has taken.</summary>
    public double Seconds { get; set; }

    /// <summary>Seconds of them in which shards were made.</summary>
    public double TeacherSeconds { get; set; }

    /// <summary>Steps to take before the next shard is made.</summary>
    public int NextShardAt { get; set; }

    /// <summary>Whether no more shards are made and all count alike.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Crops left to draw of each shard.</summary>
    public double[] Left { get; set; } = [];

    /// <summary>Steps of the projections.</summary>
    public long ProjectionSteps { get; set; }
}
