using System.Collections.Immutable;

namespace ConvNeXt.Backbone.Engines;

/// <summary>Device and precision of an engine other than the managed one.</summary>
public sealed record DeviceOptions
{
    /// <summary>
    /// Numbers of the GPUs, from 0. Scoring copies the network to each of them and distributes the batches; training uses the first. Empty for the CPU.
    /// </summary>
    public ImmutableArray<int> DeviceIds { get; init; } = [];

    /// <summary>Precision of matrix products and convolutions.</summary>
    public ComputePrecision Precision { get; init; } = ComputePrecision.Single;

    /// <summary>
    /// Whether a new engine first computes a small batch and compares the results with the managed engine's. If they differ, creating the engine throws
    /// <see cref="EngineUnavailableException"/>.
    /// </summary>
    public bool SelfCheck { get; init; } = true;

    /// <summary>
    /// Whether a training batch that does not fit in the device's memory is computed in parts whose gradients are added up to the same result. If false, such a
    /// batch throws <see cref="DeviceMemoryException"/>. Scoring always continues in smaller parts.
    /// </summary>
    public bool SplitTrainingBatches { get; init; } = true;

    /// <summary>Maximum number of images that a device computes at once, at least 1.</summary>
    public int LargestPart { get; init; } = 256;
}

/// <summary>Precision of an engine on a device. Weights are always kept, trained and exported in float32.</summary>
public enum ComputePrecision
{
    /// <summary>float32 throughout: the same results as the managed engine except for the order of sums.</summary>
    Single,

    /// <summary>
    /// float32 values; matrix products and convolutions use a 10-bit mantissa (TF32, NVIDIA GPUs from Ampere on; elsewhere the same as <see cref="Single"/>).
    /// </summary>
    TensorFloat32,

    /// <summary>bfloat16 activations and products. In training, the residual sums, the head, the loss and the optimizer stay in float32.</summary>
    BFloat16,

    /// <summary>
    /// Products of 8-bit integers, for scoring with the managed engine. The linear layers of the blocks and the downsampling layers multiply weights rounded to
    /// 8 bits for each output by activations rounded to 8 bits for each pixel, and add exactly; the stem, the depthwise convolutions, norms, GELU, the
    /// residual sums and the head stay in float32. No images are needed for it. Scores are the same for vector registers of any width and any number of
    /// threads, but not those of float32.
    /// </summary>
    Int8,
}
