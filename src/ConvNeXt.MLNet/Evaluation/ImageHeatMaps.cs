using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Explanation;
using ConvNeXt.Backbone.Imaging;
using ConvNeXt.MLNet.Engines;
using ConvNeXt.MLNet.Images;

namespace ConvNeXt.MLNet.Evaluation;

/// <summary>Heat maps of images: where a classifier sees what speaks for a class.</summary>
public static class ImageHeatMaps
{
    /// <summary>Computes the heat map of an image file.</summary>
    /// <inheritdoc cref="ComputeHeatMap(ConvNeXtClassificationTransformer, byte[], int?, int?)"/>
    /// <param name="model">The classifier.</param>
    /// <param name="path">The file. A relative path is relative to the current folder of the process.</param>
    /// <param name="label">The index of the class in <see cref="ConvNeXtClassificationTransformer.LabelNames"/>; null for the most likely class.</param>
    /// <param name="stage">The stage, from 0; null for the last.</param>
    public static HeatMap ComputeHeatMap(this ConvNeXtClassificationTransformer model, string path, int? label = null, int? stage = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Compute(model, new ImageReference(path, null, null), label, stage);
    }

    /// <summary>
    /// Computes the heat map of an encoded image. Thread-safe. For the last stage, that takes about as long as a prediction, on the engine of the model. For
    /// an earlier one, whose map is finer and less about the class, a network for training is created for the call, on the CPU.
    /// </summary>
    /// <param name="model">The classifier.</param>
    /// <param name="encoded">The image, in any format that the model reads.</param>
    /// <param name="label">The index of the class in <see cref="ConvNeXtClassificationTransformer.LabelNames"/>; null for the most likely class.</param>
    /// <param name="stage">The stage, from 0; null for the last.</param>
    /// <exception cref="UnreadableImageException">The image cannot be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The network has no such class or stage.</exception>
    public static HeatMap ComputeHeatMap(this ConvNeXtClassificationTransformer model, byte[] encoded, int? label = null, int? stage = null)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        return Compute(model, new ImageReference(null, encoded, null), label, stage);
    }

    private static HeatMap Compute(ConvNeXtClassificationTransformer model, in ImageReference image, int? label, int? stage)
    {
        ArgumentNullException.ThrowIfNull(model);
        ConvNeXtConfig config = model.Config;
        int last = config.Depths.Length - 1;
        if (label is { } asked) Backbone.Check.InRange(asked, 0, config.ClassCount - 1, nameof(label));
        if (stage is { } wanted) Backbone.Check.InRange(wanted, 0, last, nameof(stage));

        ImagePreprocessing preprocessing = model.Preprocessing;
        float[] pixels = new float[preprocessing.Length];
        HeatMapArea area;
        using (RgbImage decoded = ImageDecoding.Decode(image, model.Decoding, preprocessing))
        {
            preprocessing.Apply(decoded, pixels);
            var (left, top, width, height) = preprocessing.FindVisibleArea(decoded.Width, decoded.Height);
            area = new HeatMapArea(left, top, width, height);
        }
        var (heat, chosen) = stage is { } earlier && earlier != last
            ? ComputeEarlier(model.Network, pixels, label, earlier)
            : ComputeLast(model.Network, pixels, label);
        var (rows, columns, _) = config.FeatureMapShape(preprocessing.Height, preprocessing.Width, stage ?? last);
        return new HeatMap(chosen, rows, columns, [.. heat], area);
    }

    private static (float[] Heat, int Class) ComputeLast(ImageNetwork network, float[] pixels, int? label)
    {
        int height = network.Preprocessing.Height, width = network.Preprocessing.Width, last = network.Config.Depths.Length - 1;
        var (rows, columns, channels) = network.Config.FeatureMapShape(height, width, last);
        float[] map = new float[rows * columns * channels];
        using (EngineCall call = network.Call()) call.Engine.FeatureMap(pixels, 1, height, width, last, map);
        var head = new HeadGradient(network.Config, network.Weights);
        int chosen = label ?? IndexOfLargest([.. head.ComputeLogits(map).Select(logit => (float)logit)]);
        return (GradCam.Combine(map, head.ComputeMean(map, chosen)), chosen);
    }

    private static (float[] Heat, int Class) ComputeEarlier(ImageNetwork network, float[] pixels, int? label, int stage)
    {
        using var gradient = new StageGradient(
            network.Config, network.Weights, network.Preprocessing.Height, network.Preprocessing.Width, network.ThreadCount > 0 ? network.ThreadCount : null);
        var (map, mean, chosen) = gradient.Compute(pixels, stage, logits => label ?? IndexOfLargest(logits));
        return (GradCam.Combine(map, mean), chosen);
    }

    private static int IndexOfLargest(float[] logits) => Array.IndexOf(logits, logits.Max());
}
