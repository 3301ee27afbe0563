using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Training;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Benchmarks.Peers;

/// <summary>
/// Random weights in which every parameter influences the logits. Freshly initialized ones have layer scales of 1e-6, zero biases and logits near zero, which
/// would hide a mistake.
/// </summary>
internal static class VisibleWeights
{
    public static WeightSet Create(ConvNeXtConfig config, int seed)
    {
        var random = new Random(seed);
        var weights = new WeightSet();
        foreach (WeightTensor tensor in WeightInitializer.Create(config, seed).Tensors)
        {
            var (mean, deviation) = Distribution(tensor);
            for (int i = 0; i < tensor.Values.Length; i++) tensor.Values[i] = (float)(mean + deviation * Gaussian(random));
            weights.Add(tensor);
        }
        return weights;
    }

    /// <summary>Random pixels with the mean 0 and the deviation 1 of normalized images.</summary>
    public static float[] Pixels(int count, int seed)
    {
        var random = new Random(seed);
        var pixels = new float[count];
        for (int i = 0; i < count; i++) pixels[i] = (float)Gaussian(random);
        return pixels;
    }

    private static (double Mean, double Deviation) Distribution(WeightTensor tensor)
    {
        if (tensor.Name.EndsWith(".grn.gamma", StringComparison.Ordinal)) return (0, 0.5);
        if (tensor.Name.EndsWith(".grn.beta", StringComparison.Ordinal)) return (0, 0.3);
        if (tensor.Name.EndsWith(".gamma", StringComparison.Ordinal)) return (0, 0.5);
        if (tensor.Name.EndsWith(".bias", StringComparison.Ordinal)) return (0, 0.25);
        if (tensor.Shape.Length == 1) return (1, 0.3); // norms
        return (0, 1.2 / Math.Sqrt((double)tensor.Values.Length / tensor.Shape[0]));
    }

    private static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
