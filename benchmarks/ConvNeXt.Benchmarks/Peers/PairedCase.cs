using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>One case of the paired comparison.</summary>
/// <param name="Name">The name that <c>--only</c> takes.</param>
/// <param name="Variant">The network, with random weights and 1,000 classes.</param>
/// <param name="Size">Side of the images in pixels.</param>
/// <param name="Batch">Images of a pass.</param>
/// <param name="Trains">Whether a pass is a training step (forward, backward and AdamW) instead of scoring.</param>
/// <param name="Checkpoints">Whether this project's engine uses activation checkpointing.</param>
internal sealed record PairedCase(string Name, ConvNeXtVariant Variant, int Size, int Batch, bool Trains = false, bool Checkpoints = false)
{
    public static readonly PairedCase[] All =
    [
        new("tiny-16", ConvNeXtVariant.Tiny, 224, 16),
        new("tiny-1", ConvNeXtVariant.Tiny, 224, 1),
        new("base-1", ConvNeXtVariant.Base, 224, 1),
        new("base-8", ConvNeXtVariant.Base, 224, 8),
        new("tiny384-1", ConvNeXtVariant.Tiny, 384, 1),
        new("tiny384-8", ConvNeXtVariant.Tiny, 384, 8),
        new("v2tiny-16", ConvNeXtVariant.V2Tiny, 224, 16),
        new("v2tiny-1", ConvNeXtVariant.V2Tiny, 224, 1),
        new("atto-16", ConvNeXtVariant.Atto, 224, 16),
        new("atto-1", ConvNeXtVariant.Atto, 224, 1),
        new("pico-16", ConvNeXtVariant.Pico, 224, 16),
        new("pico-1", ConvNeXtVariant.Pico, 224, 1),
        new("train-tiny-8", ConvNeXtVariant.Tiny, 224, 8, Trains: true),
        new("train-tiny-8-checkpointing", ConvNeXtVariant.Tiny, 224, 8, Trains: true, Checkpoints: true),
    ];

    public string Title => $"{(Trains ? "training" : "scoring")} {ConvNeXtArchitectures.Get(Variant).Name} {Size}, batch {Batch}"
        + (Checkpoints ? ", activation checkpointing here" : "");

    /// <summary>The cases with the given names, in the order of the table.</summary>
    /// <param name="names">Separated by commas; null for all cases.</param>
    /// <exception cref="BenchmarkException">There is no case of one of the names.</exception>
    public static PairedCase[] Select(string? names)
    {
        if (names is null) return All;
        string[] wanted = names.Split(',');
        return wanted.Except(All.Select(each => each.Name)).FirstOrDefault() is { } unknown
            ? throw new BenchmarkException($"--only {unknown}: the cases are {string.Join(", ", All.Select(each => each.Name))}.")
            : [.. All.Where(each => wanted.Contains(each.Name))];
    }
}
