using ConvNeXt.Backbone.Architecture.Roadmap;
using ConvNeXt.Backbone.Layers;

namespace ConvNeXt.Backbone.Architecture;

/// <summary>Size and cost of a network, computed from its configuration alone.</summary>
public static class NetworkCost
{
    private const long DepthwiseTaps = 7 * 7, Expansion = 4;

    /// <summary>Total number of parameters.</summary>
    public static long Parameters(ConvNeXtConfig config) =>
        ParameterTable.Of(config).Where(parameter => !parameter.IsStatistic).Sum(parameter => parameter.Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>
    /// Multiply-accumulates of the convolutions and linear layers for one image, counted as the papers count FLOPs: without bias, norm, activation and pooling.
    /// </summary>
    /// <param name="config">The network.</param>
    /// <param name="height">Image height in pixels, at least 32.</param>
    /// <param name="width">Image width in pixels, at least 32.</param>
    public static long MultiplyAccumulates(ConvNeXtConfig config, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Parts is not null) return LayerPlan.Of(config).MultiplyAccumulates(height, width);
        var stages = FeatureShape.OfStages(config, 1, height, width);
        long total = Stem(config, stages[0], height, width) + Head(config);
        for (int stage = 0; stage < stages.Length; stage++)
        {
            if (stage > 0) total += Convolution(FeatureShape.DownsamplingPatch, stages[stage - 1].Channels, stages[stage]);
            long channels = stages[stage].Channels;
            total += config.Depths[stage] * stages[stage].Size * (DepthwiseTaps + (2 * Expansion * channels));
        }
        return total;
    }

    private static long Stem(ConvNeXtConfig config, in FeatureShape result, int height, int width)
    {
        if (config.OverlappingStemWidth is not { } between)
            return Convolution(config.IsIsotropic ? FeatureShape.IsotropicStemPatch : FeatureShape.StemPatch, FeatureShape.ImageChannels, result);
        var middle = new FeatureShape(1, height, width, FeatureShape.ImageChannels).AfterOverlappingConvolution(between);
        return Convolution(FeatureShape.OverlappingKernel, FeatureShape.ImageChannels, middle) + Convolution(FeatureShape.OverlappingKernel, between, result);
    }

    private static long Head(ConvNeXtConfig config) =>
        ((config.HeadHiddenWidth ?? 0L) * config.Widths[^1]) + ((long)config.FeatureCount * config.ClassCount);

    /// <summary>Each output value is a sum over a square kernel and all input channels.</summary>
    private static long Convolution(int kernel, int inputChannels, in FeatureShape result) => result.Size * kernel * kernel * inputChannels;
}
