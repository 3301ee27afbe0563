namespace ConvNeXt.Backbone.Architecture;

/// <summary>What a network costs, counted from its configuration alone.</summary>
public static class NetworkCost
{
    /// <summary>Number of all parameters.</summary>
    public static long Parameters(ConvNeXtConfig config) => ParameterTable.Of(config).Sum(parameter => parameter.Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>Multiply-accumulates of convolutions and linear layers for one image (no bias, norm, activation or pooling), as the papers count FLOPs.</summary>
    /// <param name="config">The network.</param>
    /// <param name="height">Image height in pixels, at least 32.</param>
    /// <param name="width">Image width in pixels, at least 32.</param>
    public static long MultiplyAccumulates(ConvNeXtConfig config, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(config);
        long total = 0;
        var shape = FeatureShape.AfterStem(config, 1, height, width);
        for (int stage = 0; stage < config.Depths.Length; stage++)
        {
            long inputs = stage == 0 ? FeatureShape.StemPatch * FeatureShape.StemPatch * 3 : 4L * config.Widths[stage - 1];
            if (stage > 0) shape = shape.AfterDownsampling(config.Widths[stage]);
            long channels = shape.Channels;
            total += shape.Rows * inputs * channels;
            total += config.Depths[stage] * shape.Rows * ((7 * 7 * channels) + (8 * channels * channels));
        }

        return total + ((long)config.Widths[^1] * config.ClassCount);
    }
}
