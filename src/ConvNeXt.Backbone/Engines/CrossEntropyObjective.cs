using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines;

/// <summary>Classification: cross-entropy with soft targets.</summary>
internal sealed unsafe class CrossEntropyObjective : ITrainingObjective
{
    public static CrossEntropyObjective Instance { get; } = new();

    public IStageLosses? AtStages => null;

    public double AtLogits(float* logits, TrainingBatch batch, int classes, float* gradient) =>
        SoftCrossEntropy.Run(logits, batch.Targets, batch.Count, classes, batch.GradientScale, gradient);
}
