using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;
namespace ConvNeXt.Backbone.Engines;

/// <summary>What a training engine is made from.</summary>
internal sealed record TrainingEngineSettings
{
    internal const double DefaultBeta2 = 0.999;

    /// <summary>The network.</summary>
    public required ConvNeXtConfig Config { get; init; }

    /// <summary>Its initial weights; copied.</summary>
    public required WeightSet Weights { get; init; }

    /// <summary>Largest number of images in a batch, for the plan of the workspace.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Image height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Image width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Threads that compute; 0 for all cores. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Treatment of each parameter by the optimizer, under its official name.</summary>
    public required IReadOnlyDictionary<string, ParameterRule> Rules { get; init; }

    /// <summary>AdamW's decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay of the second moment.</summary>
    public double Beta2 { get; init; } = DefaultBeta2;

    /// <summary>AdamW's epsilon, added after the square root.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>
    /// Makes the engine hold an exponential moving average of all weights (timm's ModelEma), which begins as a copy of <see cref="Weights"/>: after each step,
    /// average = decay * average + (1 - decay) * weights. In [0, 1), officially 0.9999; null for none.
    /// </summary>
    public double? AverageDecay { get; init; }

    /// <summary>
    /// Keeps only the input of each block for the backward pass, which computes what is inside the block once more: about a sixth more work, a fraction of the
    /// memory for activations ("Training Deep Nets with Sublinear Memory Cost"). Gradients are the same to the bit.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }
}

/// <summary>Makes a training engine.</summary>
/// <param name="settings">What it is made from.</param>
internal delegate ITrainingEngine TrainingEngineFactory(TrainingEngineSettings settings);

/// <summary>How the optimizer treats one parameter.</summary>
/// <param name="WeightDecay">Decoupled weight decay, at least 0; multiplied by the parameter's learning rate.</param>
/// <param name="LearningRateScale">Factor on the learning rate of each step, at least 0.</param>
internal readonly record struct ParameterRule(double WeightDecay, double LearningRateScale = 1);
