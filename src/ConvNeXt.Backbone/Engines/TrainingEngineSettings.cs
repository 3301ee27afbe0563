using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Optimization;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Engines;

/// <summary>Network, initial weights and settings of a training engine.</summary>
internal sealed record TrainingEngineSettings
{
    internal const double DefaultBeta2 = 0.999;

    /// <summary>The network.</summary>
    public required ConvNeXtConfig Config { get; init; }

    /// <summary>Initial weights; copied.</summary>
    public required WeightSet Weights { get; init; }

    /// <summary>Maximum number of images in a batch, for which memory is planned.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Image height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Image width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Number of threads; 0 for one per core. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Optimizer rule of each parameter, by official name.</summary>
    public required IReadOnlyDictionary<string, ParameterRule> Rules { get; init; }

    /// <summary>AdamW's decay rate of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's decay rate of the second moment.</summary>
    public double Beta2 { get; init; } = DefaultBeta2;

    /// <summary>AdamW's epsilon, added after the square root.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>
    /// Decay of an exponential moving average of all weights (timm's ModelEma), which starts as a copy of <see cref="Weights"/>; after each step, average =
    /// decay * average + (1 - decay) * weights. In [0, 1), officially 0.9999; null for no average.
    /// </summary>
    public double? AverageDecay { get; init; }

    /// <summary>
    /// Whether to keep only the input of each block for the backward pass and recompute the activations inside the block: about a sixth more work, and a
    /// fraction of the memory for activations ("Training Deep Nets with Sublinear Memory Cost"). Gradients are bit-identical.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Sums the gradients of several ranks before each step of the optimizer; null for one process.</summary>
    public IGradientExchange? Exchange { get; init; }
}

/// <summary>Creates a training engine.</summary>
/// <param name="settings">Network, initial weights and training settings.</param>
internal delegate ITrainingEngine TrainingEngineFactory(TrainingEngineSettings settings);

/// <summary>Optimizer settings of one parameter.</summary>
/// <param name="WeightDecay">Decoupled weight decay, at least 0; multiplied by the parameter's learning rate.</param>
/// <param name="LearningRateScale">Factor on the learning rate of each step, at least 0.</param>
internal readonly record struct ParameterRule(double WeightDecay, double LearningRateScale = 1);
