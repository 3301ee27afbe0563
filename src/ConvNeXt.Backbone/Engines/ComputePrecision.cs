namespace ConvNeXt.Backbone.Engines;

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
