using System.Collections.Immutable;
using ConvNeXt.Backbone;
using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Imaging;

namespace ConvNeXt.MLNet.Scoring.Columns;

/// <summary>What a feature is for a given network: its stage, and the dimensions of an image's vector.</summary>
internal static class FeatureOutput
{
    /// <summary>The stage whose feature map it is, from 0; null for pooled features.</summary>
    public static int? FindStage(FeatureLevel output) => output == FeatureLevel.Pooled ? null : output - FeatureLevel.Stage1;

    /// <summary>Accepts an output that the network has.</summary>
    /// <exception cref="ArgumentException">The network does not have this output; the message names the option.</exception>
    public static void Check(ConvNeXtConfig config, FeatureLevel output)
    {
        Backbone.Check.Defined(output, "Output");
        if (FindStage(output) >= config.Widths.Length)
        {
            throw new ArgumentException(
                $"Option Output is {output}, but {config.Name} is isotropic, with one stage: it must be {FeatureLevel.Pooled} or {FeatureLevel.Stage1}.",
                nameof(output));
        }
    }

    /// <summary>The dimensions: [features] where they are pooled, [channels, height, width] for a feature map.</summary>
    /// <exception cref="ArgumentException">The network has no such output, or it is larger than a vector can be.</exception>
    public static ImmutableArray<int> FindDimensions(ConvNeXtConfig config, ImagePreprocessing preprocessing, FeatureLevel output)
    {
        Check(config, output);
        if (FindStage(output) is not { } stage) return [config.FeatureCount];
        var (height, width, channels) = config.FeatureMapShape(preprocessing.Height, preprocessing.Width, stage);
        if ((long)height * width * channels > Array.MaxLength)
        {
            throw new ArgumentException(
                $"Option Output is {output}: [{channels},{height},{width}] of {config.Name} at {preprocessing.Width} x {preprocessing.Height} pixels is too large "
                + "for a vector.",
                nameof(output));
        }
        return [channels, height, width];
    }
}
