using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Normalization;
using ConvNeXt.Backbone.Training.Data;
using ConvNeXt.Backbone.Weights;
namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Initial weights as in the official models/convnext.py: convolutions and linear layers normal with standard deviation 0.02 (its truncation at +-2 is
/// 100 standard deviations away, so it cuts nothing), biases 0, LayerNorm 1 and 0, layer scale at the configuration's value; in V2 gamma and
/// beta of Global Response Normalization 0, so that it begins as identity.
/// </summary>
internal static class WeightInitializer
{
    private const double StandardDeviation = 0.02;

    /// <summary>Draws weights.</summary>
    /// <param name="config">The network.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <param name="headScale">Factor on the head's weights; officially 1 from scratch and 0.001 for fine-tuning.</param>
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
            else if (parameter.Name.EndsWith(".weight", StringComparison.Ordinal))
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
