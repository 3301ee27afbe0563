using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;
namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Trains a network in place: gradients are accumulated batch by batch, then applied by AdamW. For one caller at a time. The engine draws no random
/// numbers: whatever is random comes with the batch, so that every engine computes the same.
/// </summary>
internal interface ITrainingEngine : IDisposable
{
    /// <summary>The network that is trained.</summary>
    ConvNeXtConfig Config { get; }

    /// <summary>Bytes of weights, gradients, optimizer moments, average and activations that the engine has planned and holds.</summary>
    long WorkspaceBytes { get; }

    /// <summary>
    /// Forward in training mode and backward; the gradient of the batch's mean loss, times <see cref="TrainingBatch.GradientScale"/>, is added to what is
    /// there.
    /// </summary>
    /// <param name="batch">Images, soft targets and drop-path draws.</param>
    /// <param name="checkAlive">Called between layers; may throw to abandon the step. Weights are then unchanged and gradients cleared.</param>
    /// <returns>The mean soft-target cross-entropy of the batch before the update.</returns>
    double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null);

    /// <summary>
    /// One AdamW step with the accumulated gradients, which are cleared; then the average follows the weights. Where the norm of the gradients is asked for and
    /// is not finite, nothing is changed but that the gradients are cleared.
    /// </summary>
    /// <param name="step">Learning rate and clipping.</param>
    /// <returns>
    /// The L2 norm of all gradients of parameters that are not frozen, before clipping; null where <see cref="OptimizerStep.MaxGradientNorm"/> is null.
    /// </returns>
    double? ApplyGradients(OptimizerStep step);

    /// <summary>Logits in evaluation mode with the current weights, or with their average; as <see cref="IScoringEngine.Score"/>.</summary>
    /// <param name="images">Normalised pixels, [count, height, width, 3].</param>
    /// <param name="count">Images.</param>
    /// <param name="height">Their height in pixels.</param>
    /// <param name="width">Their width in pixels.</param>
    /// <param name="logits">Receives [count, classes].</param>
    /// <param name="average">Whether to score with the average of the weights.</param>
    /// <exception cref="InvalidOperationException">The average is asked for, and the engine was made without
    /// (<see cref="TrainingEngineSettings.AverageDecay"/>).</exception>
    void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false);

    /// <summary>A copy of the current weights, or of their average, under official names.</summary>
    /// <exception cref="InvalidOperationException">The average is asked for, and the engine was made without.</exception>
    WeightSet ExportWeights(bool average = false);

    /// <summary>The current weights, or their average, over others, so that a copy that is renewed through a run takes its memory once.</summary>
    /// <param name="destination">Weights of this network; their values are overwritten.</param>
    /// <param name="average">Whether to export the average of the weights.</param>
    /// <exception cref="InvalidOperationException">The average is asked for, and the engine was made without.</exception>
    void ExportWeights(WeightSet destination, bool average = false);

    /// <summary>A copy of the accumulated gradients under the official names of their weights; zeros for frozen parameters.</summary>
    WeightSet ExportGradients();

    /// <summary>Replaces the weights; the optimizer's moments and the average stay.</summary>
    void ImportWeights(WeightSet weights);

    /// <summary>A copy of weights, optimizer moments, step counts and average. To be taken between two steps: accumulated gradients are not in it.</summary>
    TrainingEngineState ExportState();

    /// <summary>Goes on from a state, bit for bit as the engine would have that it was taken from if it computes alike. Accumulated gradients are cleared.</summary>
    /// <exception cref="WeightMismatchException">A part of the state is not of this network.</exception>
    /// <exception cref="ArgumentException">The state lacks the step count of a parameter, or it has an average and the engine has none, or the other way
    /// round.</exception>
    void ImportState(TrainingEngineState state);

    /// <summary>
    /// Says which parameters are frozen from now on: they have no gradient, are neither updated nor counted, and keep their moments. Those not named are
    /// trained. The average keeps moving towards frozen weights, too. An engine need not go back further than the lowest layer that is trained.
    /// </summary>
    /// <param name="parameters">Official names; an empty set trains all.</param>
    /// <exception cref="ArgumentException">A name is none of the network's; the message lists all such.</exception>
    void SetFrozen(IReadOnlySet<string> parameters);
}

/// <summary>What one optimizer step is told.</summary>
/// <param name="LearningRate">Learning rate of this step, at least 0; each tensor multiplies it by its own scale.</param>
internal readonly record struct OptimizerStep(double LearningRate)
{
    /// <summary>
    /// Clips the gradients, as torch.nn.utils.clip_grad_norm_ does: where the L2 norm of all of them together is larger than this, they are multiplied by
    /// this / (norm + 1e-6). Above 0; infinity measures the norm and clips nothing; null does not even measure it.
    /// </summary>
    public double? MaxGradientNorm { get; init; }
}
