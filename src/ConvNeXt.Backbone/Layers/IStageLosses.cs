using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Backbone.Layers;

/// <summary>Losses at the outputs of stages, such as a teacher's feature maps: they join the gradient on its way back through the network.</summary>
internal unsafe interface IStageLosses
{
    /// <summary>Called for each stage from the last to the first, when the gradient of its output is complete but for what is added here.</summary>
    /// <param name="stage">Which, from 0.</param>
    /// <param name="output">The stage's output of the forward pass, of <paramref name="shape"/>; not to be changed.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="gradient">The gradient of the output, to add to.</param>
    void AddGradient(int stage, float* output, in FeatureShape shape, float* gradient);
}
