using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Backbone.Layers;

/// <summary>Buffer sizes of a scoring pass, in floats.</summary>
internal readonly record struct ScoringSizes(long Stream, long Patches, long Hidden, long Vectors, long ScratchPerWorker)
{
    /// <summary>Whether buffers of these sizes are sufficient for a pass that needs <paramref name="wanted"/>.</summary>
    public bool Cover(in ScoringSizes wanted) =>
        Stream >= wanted.Stream && Patches >= wanted.Patches && Hidden >= wanted.Hidden && Vectors >= wanted.Vectors && ScratchPerWorker >= wanted.ScratchPerWorker;
}

/// <summary>Destinations of a scoring pass; null for results that are not needed.</summary>
internal unsafe struct ScoringResults
{
    /// <summary>[images, feature count].</summary>
    public float* Features;

    /// <summary>[images, classes].</summary>
    public float* Logits;

    /// <summary>Output of <see cref="MapStage"/>; if not null, the pass ends there.</summary>
    public float* Map;

    public int MapStage;

    /// <summary>[images, <see cref="StageStatistics.Count"/>]: the statistics of each stage between the first and the last.</summary>
    public float* Statistics;
}

/// <summary>Memory of a scoring pass: allocated once and reused, by one pass at a time.</summary>
internal sealed unsafe class ScoringWorkspace : IDisposable
{
    private readonly NativeArena _arena;

    public ScoringWorkspace(WorkerTeam team, in ScoringSizes sizes)
    {
        Sizes = sizes;
        var plan = new ArenaPlan();
        long stream = plan.Add(sizes.Stream), spare = plan.Add(sizes.Stream), patches = plan.Add(sizes.Patches), hidden = plan.Add(sizes.Hidden);
        long pooled = plan.Add(sizes.Vectors), features = plan.Add(sizes.Vectors), scratch = plan.Add(team.ThreadCount * sizes.ScratchPerWorker);
        _arena = new NativeArena(plan);
        Stream = _arena.At(stream);
        Spare = _arena.At(spare);
        Patches = _arena.At(patches);
        Hidden = _arena.At(hidden);
        Head = new HeadActivations { Pooled = _arena.At(pooled), Normalized = _arena.At(pooled), Features = _arena.At(features) };
        Scratch = new Scratch(team, _arena.At(scratch), sizes.ScratchPerWorker);
    }

    public ScoringSizes Sizes { get; }

    public long Bytes => _arena.Bytes;

    public Scratch Scratch { get; }

    /// <summary>The current activation of the network.</summary>
    public float* Stream { get; }

    /// <summary>A second buffer of the size of <see cref="Stream"/>.</summary>
    public float* Spare { get; }

    /// <summary>Gathered patches.</summary>
    public float* Patches { get; }

    /// <summary>Hidden activation of a block with few rows, or of a group of images in a network with Global Response Normalization.</summary>
    public float* Hidden { get; }

    /// <summary>Vectors of the head; nothing is kept for backward.</summary>
    public HeadActivations Head { get; }

    public void Dispose() => _arena.Dispose();
}
