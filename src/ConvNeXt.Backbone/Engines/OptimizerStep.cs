namespace ConvNeXt.Backbone.Engines;

/// <summary>What one optimizer step is told.</summary>
/// <param name="LearningRate">Learning rate of this step, at least 0; each tensor multiplies it by its own scale.</param>
public readonly record struct OptimizerStep(double LearningRate)
{
    /// <summary>
    /// Clips the gradients, as torch.nn.utils.clip_grad_norm_ does: where the L2 norm of all of them together is larger than this, they are multiplied by
    /// this / (norm + 1e-6). Above 0; infinity measures the norm and clips nothing; null does not even measure it.
    /// </summary>
    public double? MaxGradientNorm { get; init; }
}
