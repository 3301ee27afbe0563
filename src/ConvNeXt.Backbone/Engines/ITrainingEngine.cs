using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Trains a network in place: gradients are accumulated batch by batch, then applied by AdamW. Not thread-safe. The engine draws no random numbers; they come
/// with the batch, so that every engine computes the same. <see cref="IDisposable.Dispose"/> waits for a call in progress; later calls throw
/// <see cref="ObjectDisposedException"/>.
/// </summary>
internal interface ITrainingEngine : IDisposable
{
    /// <summary>Configuration of the network.</summary>
    ConvNeXtConfig Config { get; }

    /// <summary>Bytes allocated for weights, gradients, optimizer moments, average and activations.</summary>
    long WorkspaceBytes { get; }

    /// <summary>
    /// Runs forward in training mode and backward, and adds the gradient of the batch's mean loss, times <see cref="TrainingBatch.GradientScale"/>, to the
    /// accumulated gradients.
    /// </summary>
    /// <param name="batch">Images, soft targets and drop-path draws.</param>
    /// <param name="checkAlive">Called between layers; may throw to abandon the step, which leaves the weights unchanged and clears the gradients.</param>
    /// <returns>The mean loss at the logits of the batch before the update: soft-target cross-entropy, unless the batch has another objective.</returns>
    double AccumulateGradients(TrainingBatch batch, Action? checkAlive = null);

    /// <summary>
    /// Takes one AdamW step with the accumulated gradients, clears them, and then updates the average. If the norm of the gradients is requested and is not
    /// finite, only the gradients are cleared.
    /// </summary>
    /// <param name="step">Learning rate and clipping.</param>
    /// <returns>
    /// The L2 norm of the gradients of all parameters that are not frozen, before clipping; null if <see cref="OptimizerStep.MaxGradientNorm"/> is null.
    /// </returns>
    double? ApplyGradients(OptimizerStep step);

    /// <summary>Computes logits in evaluation mode with the current or the averaged weights, as <see cref="IScoringEngine.Score"/> does.</summary>
    /// <param name="images">Normalized pixels, [count, height, width, 3].</param>
    /// <param name="count">Number of images.</param>
    /// <param name="height">Image height in pixels.</param>
    /// <param name="width">Image width in pixels.</param>
    /// <param name="logits">Receives [count, classes].</param>
    /// <param name="average">Whether to use the averaged weights.</param>
    /// <exception cref="InvalidOperationException">
    /// The average is requested, but the engine keeps none (<see cref="TrainingEngineSettings.AverageDecay"/> is null).
    /// </exception>
    void Score(ReadOnlySpan<float> images, int count, int height, int width, Span<float> logits, bool average = false);

    /// <summary>Returns a copy of the current or the averaged weights under their official names.</summary>
    /// <exception cref="InvalidOperationException">The average is requested, but the engine keeps none.</exception>
    WeightSet ExportWeights(bool average = false);

    /// <summary>Copies the current or the averaged weights into an existing set, so that repeated exports allocate nothing.</summary>
    /// <param name="destination">A weight set of this network; its values are overwritten.</param>
    /// <param name="average">Whether to export the averaged weights.</param>
    /// <exception cref="InvalidOperationException">The average is requested, but the engine keeps none.</exception>
    void ExportWeights(WeightSet destination, bool average = false);

    /// <summary>Returns a copy of the accumulated gradients under the official names of their weights; zeros for frozen parameters.</summary>
    WeightSet ExportGradients();

    /// <summary>Replaces the weights; the optimizer's moments and the average are unchanged.</summary>
    void ImportWeights(WeightSet weights);

    /// <summary>
    /// Returns a copy of weights, optimizer moments, step counts and average. Call it between two steps: accumulated gradients are not included.
    /// </summary>
    TrainingEngineState ExportState();

    /// <summary>
    /// Resumes from a state. Training continues bit for bit as on the engine that exported the state, if both give identical results. Accumulated gradients are
    /// cleared.
    /// </summary>
    /// <exception cref="WeightMismatchException">A part of the state does not fit this network.</exception>
    /// <exception cref="ArgumentException">The state lacks the step count of a parameter, or only one of the state and the engine has an average.</exception>
    void ImportState(TrainingEngineState state);

    /// <summary>
    /// Sets which parameters are frozen from now on: they get no gradient, they are not updated, their steps are not counted, and they keep their moments. All
    /// others are trained. The average keeps moving toward frozen weights too. Backward may stop at the lowest layer that is trained.
    /// </summary>
    /// <param name="parameters">Official names; an empty set trains all.</param>
    /// <exception cref="ArgumentException">A name is not a parameter of the network; the message lists all such names.</exception>
    void SetFrozen(IReadOnlySet<string> parameters);
}

/// <summary>Learning rate and clipping of one optimizer step.</summary>
/// <param name="LearningRate">Learning rate of this step, at least 0; multiplied by the scale of each tensor.</param>
internal readonly record struct OptimizerStep(double LearningRate)
{
    /// <summary>
    /// Maximum L2 norm of all gradients together, clipped as by torch.nn.utils.clip_grad_norm_: if the norm is larger, the gradients are multiplied by maximum
    /// / (norm + 1e-6). Above 0; infinity measures the norm without clipping; null does not measure it.
    /// </summary>
    public double? MaxGradientNorm { get; init; }
}
