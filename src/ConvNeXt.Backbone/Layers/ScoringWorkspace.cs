using ConvNeXt.Backbone.Kernels.Convolution;
using ConvNeXt.Backbone.Kernels.Memory;
using ConvNeXt.Backbone.Kernels.Threading;
namespace ConvNeXt.Backbone.Layers;

/// <summary>How many floats each buffer of a scoring pass needs.</summary>
internal readonly record struct ScoringSizes(long Stream, long Patches, long Hidden, long Vectors, long ScratchPerWorker)
{
    /// <summary>Whether buffers of these sizes serve a pass that needs <paramref name="wanted"/>.</summary>
    public bool Cover(in ScoringSizes wanted) =>
        Stream >= wanted.Stream && Patches >= wanted.Patches && Hidden >= wanted.Hidden && Vectors >= wanted.Vectors && ScratchPerWorker >= wanted.ScratchPerWorker;
}

/// <summary>Where the results of a scoring pass go; null for what is not wanted.</summary>
internal unsafe struct ScoringResults
{
    /// <summary>[images, feature count].</summary>
    public float* Features;

    /// <summary>[images, classes].</summary>
    public float* Logits;

    /// <summary>Output of <see cref="MapStage"/>, where the pass then ends.</summary>
    public float* Map;

    public int MapStage;
}

/// <summary>Memory of one scoring pass: planned and taken once, used again and again, by one pass at a time.</summary>
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
        Head = new HeadActivations { Pooled = _arena.At(pooled), Normalised = _arena.At(pooled), Features = _arena.At(features) };
        Scratch = new Scratch(team, _arena.At(scratch), sizes.ScratchPerWorker);
    }

    public ScoringSizes Sizes { get; }

    public long Bytes => _arena.Bytes;

    public Scratch Scratch { get; }

    /// <summary>The activation that flows through the network.</summary>
    public float* Stream { get; }

    /// <summary>As large as the stream.</summary>
    public float* Spare { get; }

    /// <summary>Gathered patches.</summary>
    public float* Patches { get; }

    /// <summary>Hidden activation of few rows, or of a group of images in a network with Global Response Normalization.</summary>
    public float* Hidden { get; }

    /// <summary>Vectors of the head; nothing is kept.</summary>
    public HeadActivations Head { get; }

    public void Dispose() => _arena.Dispose();
}
