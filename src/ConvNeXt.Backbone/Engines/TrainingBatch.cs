namespace ConvNeXt.Backbone.Engines;

/// <summary>One batch for a training engine. Arrays may be longer than needed, so that buffers can be reused.</summary>
internal sealed class TrainingBatch
{
    /// <summary>Normalized pixels, [Count, Height, Width, 3] (RGB).</summary>
    public required float[] Images { get; init; }

    /// <summary>
    /// Target distribution of each image, [Count, ClassCount]. Rows sum to 1; with class weights, each part of the target is multiplied by the weight of its
    /// class, and a row may have any sum of at least 0.
    /// </summary>
    public required float[] Targets { get; init; }

    /// <summary>
    /// Uniform draws in [0, 1) for stochastic depth, [block, Count], blocks in network order; a path is kept if floor(1 - rate + draw) is 1. Null to drop
    /// nothing.
    /// </summary>
    public float[]? DropPathDraws { get; init; }

    /// <summary>Receives the training-mode logits before the update, [Count, ClassCount]; null if they are not needed.</summary>
    public float[]? Logits { get; init; }

    /// <summary>
    /// Share of each image that has a label, [Count] in [0, 1]: below 1 for an image without a label, or one that is mixed with such an image. Null if all have
    /// labels. Its target has this sum, before class weights. Only for objectives that have other targets, too.
    /// </summary>
    public float[]? LabeledShares { get; init; }

    /// <summary>The item of the training set that each image shows, [Count]; null if it is not known.</summary>
    public int[]? Items { get; init; }

    /// <summary>The objective; null for cross-entropy with the targets.</summary>
    public ITrainingObjective? Objective { get; set; }

    /// <summary>Number of images in the batch.</summary>
    public required int Count { get; set; }

    /// <summary>Image height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Image width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Factor on the gradients: 1/k if one optimizer step accumulates k batches.</summary>
    public float GradientScale { get; init; } = 1f;

    /// <summary>Whether no other batch is added before the step, so that an engine with an exchange may begin it during backward.</summary>
    public bool IsLastOfStep { get; init; }
}
