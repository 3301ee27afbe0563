using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Engines;
using ConvNeXt.Backbone.Layers;
using static System.FormattableString;

namespace ConvNeXt.Backbone.Training.Loop;

/// <summary>Compares the memory that training takes with what is available, before any of it is allocated.</summary>
internal static class MemoryCheck
{
    private const int Expansion = 4; // of a block's hidden activation

    /// <summary>Memory that the process could still take: that of the machine, or the limit of its container, without what is in use.</summary>
    public static long FindAvailable()
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        return memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
    }

    /// <summary>
    /// Estimates the memory of a training engine: weights, gradients, optimizer and the activations that backward needs, which are nearly all of it.
    /// </summary>
    public static long Estimate(TrainingEngineSettings settings)
    {
        ConvNeXtConfig config = settings.Config;
        int copiesOfWeights = settings.AverageDecay is null ? 4 : 5;
        var shapes = FeatureShape.OfStages(config, settings.BatchSize, settings.Height, settings.Width);
        long floats = copiesOfWeights * NetworkCost.Parameters(config) + shapes.Max(shape => shape.Size);
        for (int stage = 0; stage < shapes.Length; stage++)
        {
            // A block keeps its output, and if nothing is recomputed, what comes out of its convolution and its hidden layer.
            long kept = settings.ActivationCheckpointing ? 1 : 2 + Expansion;
            floats += shapes[stage].Size * (1 + (config.Depths[stage] * kept));
        }

        return floats * sizeof(float);
    }

    /// <summary>Returns a warning if the memory is not available; otherwise null.</summary>
    /// <param name="needed">Memory that training takes, in bytes.</param>
    /// <param name="available">Available memory in bytes.</param>
    public static string? FindWarning(long needed, long available) => needed <= available
        ? null
        : Invariant($"Training takes about {needed / 1e9:N1} GB of memory, but {available / 1e9:N1} GB are available. Lower {nameof(TrainingOptions.BatchSize)} ")
            + $"and raise {nameof(TrainingOptions.AccumulateBatches)}, set {nameof(TrainingOptions.ActivationCheckpointing)}, or use smaller images or a smaller network.";
}
