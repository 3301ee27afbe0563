namespace ConvNeXt.Backbone.Engines;

/// <summary>One batch as a training engine takes it. Arrays may be longer than needed, so that buffers can be reused.</summary>
internal sealed class TrainingBatch
{
    /// <summary>Normalised pixels, [Count, Height, Width, 3] (RGB).</summary>
    public required float[] Images { get; init; }

    /// <summary>
    /// Target distribution of each image, [Count, ClassCount]. Rows sum to 1, or with class weights to any sum of at least 0: a part of the target weighs as
    /// much as its class.
    /// </summary>
    public required float[] Targets { get; init; }

    /// <summary>
    /// Uniform draws in [0, 1) for stochastic depth, [block, Count], blocks in network order; a path is kept where floor(1 - rate + draw) is 1. Null: nothing
    /// is dropped.
    /// </summary>
    public float[]? DropPathDraws { get; init; }

    /// <summary>Receives the training-mode logits before the update, [Count, ClassCount]; null where they are not wanted.</summary>
    public float[]? Logits { get; init; }

    /// <summary>Images in the batch.</summary>
    public required int Count { get; set; }

    /// <summary>Image height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Image width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Factor on the gradients, 1/k where k batches make one step.</summary>
    public float GradientScale { get; init; } = 1f;
}
