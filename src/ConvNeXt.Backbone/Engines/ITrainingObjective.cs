using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// The objective that training minimizes: a loss at the logits and optional losses at the outputs of stages. It computes on the host, so that all engines
/// share it.
/// </summary>
internal unsafe interface ITrainingObjective
{
    /// <summary>Losses at the outputs of stages; null for none.</summary>
    IStageLosses? AtStages { get; }

    /// <summary>Computes the loss at the logits of a part of a batch, as its share of the batch's mean, and its gradient times the batch's scale.</summary>
    /// <param name="logits">Those of the part, [images, classes].</param>
    /// <param name="batch">Targets, number of images and scale.</param>
    /// <param name="part">The images whose logits are given.</param>
    /// <param name="classes">Outputs of the head.</param>
    /// <param name="gradient">As large as the logits, overwritten.</param>
    double AtLogits(float* logits, TrainingBatch batch, BatchPart part, int classes, float* gradient);
}

/// <summary>Consecutive images of a batch; an engine may compute a batch in several parts.</summary>
/// <param name="First">The first image.</param>
/// <param name="Count">Number of images.</param>
internal readonly record struct BatchPart(int First, int Count)
{
    /// <summary>All images of a batch.</summary>
    public static BatchPart Whole(TrainingBatch batch) => new(0, batch.Count);

    /// <summary>This part's share of its batch, in (0, 1].</summary>
    public double ShareOf(TrainingBatch batch) => (double)Count / batch.Count;

    /// <summary>This part of an array with the given number of values for each image.</summary>
    public ReadOnlySpan<float> Of(float[] values, int each) => values.AsSpan(First * each, Count * each);
}
