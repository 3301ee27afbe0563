using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Trains a network in place: gradients are accumulated batch by batch, then applied by AdamW. For one caller at a time. The engine draws no random
/// numbers: whatever is random comes with the batch, so that every engine computes the same.
/// </summary>
public interface ITrainingEngine : IDisposable
{
    /// <summary>The network that is trained.</summary>
    ConvNeXtConfig Config { get; }

    /// <summary>Bytes of weights, gradients, optimizer moments and activations that the engine has planned and holds.</summary>
    long WorkspaceBytes { get; }

    /// <summary>Forward in training mode and backward; the gradient of the batch's mean loss, times <see cref="TrainingBatch.GradientScale"/>, is added to what is there.</summary>
    /// <param name="batch">Images, soft targets and drop-path draws.</param>
    /// <param name="checkAlive">Called between layers; may throw to abandon the step. Weights are then unchanged and gradients cleared.</param>
    /// <returns>The mean soft-target cross-entropy of the batch before the update.</returns>
    double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null);

    /// <summary>One AdamW step with the accumulated gradients, which are cleared.</summary>
    /// <param name="learningRate">Learning rate of this step; each tensor multiplies it by its own scale.</param>
    void ApplyGradients(double learningRate);

    /// <summary>Logits in evaluation mode with the current weights; as <see cref="IScoringEngine.Score"/>.</summary>
    void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits);

    /// <summary>A copy of the current weights under their official names.</summary>
    WeightSet ExportWeights();

    /// <summary>The current weights over others, so that a copy that is renewed through a run takes its memory once.</summary>
    /// <param name="destination">Weights of this network; their values are overwritten.</param>
    void ExportWeights(WeightSet destination);

    /// <summary>A copy of the accumulated gradients under the official names of their weights.</summary>
    WeightSet ExportGradients();

    /// <summary>Replaces the weights; the optimizer's moments stay.</summary>
    void ImportWeights(WeightSet weights);
}
