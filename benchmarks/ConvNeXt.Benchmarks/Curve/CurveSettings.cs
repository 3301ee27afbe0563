using ConvNeXt.Backbone.Training.Optimization;

namespace ConvNeXt.Benchmarks.Curve;

/// <summary>How both sides of the training comparison train.</summary>
internal sealed record CurveSettings
{
    public int Batch { get; init; } = 16;

    /// <summary>Side of the images in pixels.</summary>
    public int Size { get; init; } = 64;

    /// <summary>Optimizer steps in which the learning rate rises from 0 to <see cref="LearningRate"/>.</summary>
    public int WarmupSteps { get; init; } = 20;

    public double LearningRate { get; init; } = 4e-3;

    /// <summary>Where the cosine after the warmup ends.</summary>
    public double MinLearningRate { get; init; } = 1e-6;

    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Factor of the learning rate from each group of layers to the one below it; 1 for none.</summary>
    public double LayerDecay { get; init; } = 0.8;

    /// <summary>Decay of the moving average of the weights.</summary>
    public double AverageDecay { get; init; } = 0.98;
}
