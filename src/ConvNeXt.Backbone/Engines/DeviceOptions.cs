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

/// <summary>How an engine on a device multiplies. Weights are kept, trained and handed back in float32 whatever it is.</summary>
public enum ComputePrecision
{
    /// <summary>float32 throughout: the managed engine's numbers but for the order of sums.</summary>
    Single,

    /// <summary>
    /// float32 values, products of matrices and convolutions with ten bits of mantissa (TF32, NVIDIA GPUs from Ampere on; elsewhere like <see cref="Single"/>).
    /// </summary>
    TensorFloat32,

    /// <summary>bfloat16 activations and products; in training the sum of the residual paths, the head, the loss and the optimizer stay float32.</summary>
    BFloat16,
}
