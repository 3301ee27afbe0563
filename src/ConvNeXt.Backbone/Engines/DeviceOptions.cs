using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Engines;

/// <summary>Where and how an engine other than the managed one computes.</summary>
public sealed record DeviceOptions
{
    /// <summary>
    /// GPUs by number, from 0. Scoring puts one copy of the network on each and shares batches out; training takes the first. Empty: the processor.
    /// </summary>
    public ImmutableArray<int> DeviceIds { get; init; } = [];

    /// <summary>How products are computed.</summary>
    public ComputePrecision Precision { get; init; } = ComputePrecision.Single;

    /// <summary>
    /// Whether a new engine first computes a small batch that the managed engine computes, too, and is refused where the results differ
    /// (<see cref="EngineUnavailableException"/>).
    /// </summary>
    public bool SelfCheck { get; init; } = true;

    /// <summary>
    /// Whether a training batch that does not fit in the device's memory is computed in parts, whose gradients add up to the same. Without it such a batch is a
    /// <see cref="DeviceMemoryException"/>. Scoring always goes on in smaller parts.
    /// </summary>
    public bool SplitTrainingBatches { get; init; } = true;

    /// <summary>Largest number of images that a device computes at once, at least 1.</summary>
    public int LargestPart { get; init; } = 256;
}
