using System.Numerics.Tensors;
using ConvNeXt.Backbone.Architecture;

namespace ConvNeXt.Backbone.Layers;

/// <summary>
/// Mean and standard deviation of each channel over the pixels of a map, for the stages between the first and the last: what an image looks like (textures,
/// colors, parts), where the pooled features of the last stage say what it shows. An image's row has the means of a stage, then its deviations, stage by stage.
/// </summary>
internal static unsafe class StageStatistics
{
    /// <summary>The number of values of an image.</summary>
    public static int Count(ConvNeXtConfig config) => Blocks(config).Sum();

    /// <summary>The lengths of the parts of a row that belong together: the means of a stage, its deviations, those of the next stage.</summary>
    public static IEnumerable<int> Blocks(ConvNeXtConfig config) =>
        Enumerable.Range(0, config.Widths.Length).Where(stage => IsMeasured(config, stage)).SelectMany(stage => Enumerable.Repeat(config.Widths[stage], 2));

    /// <summary>Writes the statistics of a stage, if it is one of those that are measured.</summary>
    /// <param name="config">The network.</param>
    /// <param name="stage">The stage, from 0.</param>
    /// <param name="map">Its output, [images, height, width, channels].</param>
    /// <param name="shape">The shape of the output.</param>
    /// <param name="rows">The rows of all images.</param>
    public static void Write(ConvNeXtConfig config, int stage, float* map, in FeatureShape shape, float* rows)
    {
        if (!IsMeasured(config, stage)) return;
        int length = Count(config), pixels = shape.Height * shape.Width, channels = shape.Channels;
        int start = Enumerable.Range(0, stage).Where(before => IsMeasured(config, before)).Sum(before => 2 * config.Widths[before]);
        for (int image = 0; image < shape.Images; image++)
        {
            var mean = new Span<float>(rows + ((long)image * length) + start, channels);
            var deviation = new Span<float>(rows + ((long)image * length) + start + channels, channels);
            mean.Clear();
            deviation.Clear();
            float* first = map + ((long)image * pixels * channels);
            for (int pixel = 0; pixel < pixels; pixel++)
                TensorPrimitives.Add(mean, new ReadOnlySpan<float>(first + ((long)pixel * channels), channels), mean);
            TensorPrimitives.Divide(mean, pixels, mean);
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                float* values = first + ((long)pixel * channels);
                for (int channel = 0; channel < channels; channel++)
                {
                    float difference = values[channel] - mean[channel];
                    deviation[channel] += difference * difference;
                }
            }
            TensorPrimitives.Divide(deviation, pixels, deviation);
            TensorPrimitives.Sqrt(deviation, deviation);
        }
    }

    private static bool IsMeasured(ConvNeXtConfig config, int stage) => stage > 0 && stage < config.Widths.Length - 1;
}
