using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines;

/// <summary>The objective that training minimizes: a loss at the logits and optional losses at the outputs of stages.</summary>
internal unsafe interface ITrainingObjective
{
    /// <summary>Losses at the outputs of stages; null for none.</summary>
    IStageLosses? AtStages { get; }

    /// <summary>Computes the loss at the logits and its gradient times the batch's scale.</summary>
    /// <param name="logits">[images, classes].</param>
    /// <param name="batch">Targets, number of images and scale.</param>
    /// <param name="classes">Outputs of the head.</param>
    /// <param name="gradient">As large as the logits, overwritten.</param>
    double AtLogits(float* logits, TrainingBatch batch, int classes, float* gradient);
}
