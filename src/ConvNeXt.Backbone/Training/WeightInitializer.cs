using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Initial weights as in the official models/convnext.py: convolutions and linear layers from a normal distribution with standard deviation 0.02 (the official
/// truncation at +-2 is 100 standard deviations away and has no effect), biases 0, LayerNorm weight 1 and bias 0, layer scale from the configuration. In V2,
/// gamma and beta of Global Response Normalization are 0, so that it starts as the identity. The steps of the roadmap start in the same way, batch norms as
/// LayerNorms, with a running mean of 0 and variance of 1.
/// </summary>
internal static class WeightInitializer
{
    private const double StandardDeviation = 0.02;

    /// <summary>Creates the initial weights.</summary>
    /// <param name="config">The network.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <param name="headScale">Factor for the head's weights; officially 1 from scratch and 0.001 for fine-tuning.</param>
    public static WeightSet Create(ConvNeXtConfig config, long seed, float headScale = 1)
    {
        ArgumentNullException.ThrowIfNull(config);
        var weights = new WeightSet();
        int index = 0;
        foreach (var parameter in ParameterTable.Of(config))
        {
            float[] values = new float[parameter.Shape.Aggregate(1, (product, dimension) => checked(product * dimension))];
            if (parameter.IsResponseNorm)
                values.AsSpan().Clear();
            else if (parameter.Shape.Length > 1)
                FillNormal(values, new CounterRandom(seed, RandomPurpose.Weights, index, 0), parameter.Name == "head.weight" ? headScale : 1);
            else if (parameter.Name.EndsWith(".gamma", StringComparison.Ordinal))
                values.AsSpan().Fill(config.LayerScaleInit!.Value);
            else if (parameter.IsVariance || parameter.Name.EndsWith(".weight", StringComparison.Ordinal))
                values.AsSpan().Fill(1);
            weights.Add(new WeightTensor(parameter.Name, parameter.Shape, values));
            index++;
        }
        return weights;
    }

    private static void FillNormal(Span<float> values, CounterRandom random, float scale)
    {
        foreach (ref float value in values) value = (float)(StandardDeviation * random.NextGaussian()) * scale;
    }
}
