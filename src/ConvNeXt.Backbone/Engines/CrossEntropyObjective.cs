using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Engines;

/// <summary>Classification: cross-entropy with soft targets.</summary>
internal sealed unsafe class CrossEntropyObjective : ITrainingObjective
{
    public static CrossEntropyObjective Instance { get; } = new();

    public IStageLosses? AtStages => null;

    public double AtLogits(float* logits, TrainingBatch batch, BatchPart part, int classes, float* gradient)
    {
        double share = part.ShareOf(batch);
        return share * SoftCrossEntropy.Run(logits, part.Of(batch.Targets, classes), part.Count, classes, batch.GradientScale * share, gradient);
    }
}
