using ConvNeXt.Backbone.Architecture;
using ConvNeXt.Backbone.Kernels.Activation;
using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Explanation;

/// <summary>
/// The head of a network in double precision: its logits for the map of the last stage, and in closed form the gradient of a logit with respect to that map.
/// It needs the head's weights only, so any engine can compute the map.
/// </summary>
internal sealed class HeadGradient
{
    private readonly ConvNeXtConfig _config;
    private readonly int _width;
    private readonly float[] _normWeight;
    private readonly float[] _normBias;
    private readonly (float[] Weight, float[] Bias)? _hidden;
    private readonly (float[] Weight, float[] Bias) _classifier;

    /// <param name="config">The network.</param>
    /// <param name="weights">Its weights under their official names.</param>
    public HeadGradient(ConvNeXtConfig config, WeightSet weights)
    {
        (_config, _width) = (config, config.Widths[^1]);
        (_normWeight, _normBias) = Get(config.NormBeforePooling ? "norm_pre" : "norm");
        _hidden = config.HeadHiddenWidth is null ? null : Get("head.pre_logits.fc");
        _classifier = Get("head");

        (float[] Weight, float[] Bias) Get(string layer) => (weights[$"{layer}.weight"].Values, weights[$"{layer}.bias"].Values);
    }

    /// <summary>Computes the logits.</summary>
    /// <param name="map">The output of the last stage, [pixels, channels].</param>
    public double[] ComputeLogits(ReadOnlySpan<float> map)
    {
        double[] features = Pool(map);
        if (_hidden is { } hidden)
            features = [.. Multiply(hidden, features).Select(value => value * NormalDistribution.Cumulative(value))];
        return Multiply(_classifier, features);
    }

    /// <summary>Computes the mean over the pixels of the gradient of a logit with respect to the map.</summary>
    /// <param name="map">The output of the last stage, [pixels, channels].</param>
    /// <param name="label">The class.</param>
    /// <returns>[channels].</returns>
    public double[] ComputeMean(ReadOnlySpan<float> map, int label)
    {
        double[] pooled = Row(_classifier.Weight, label, _config.FeatureCount);
        if (_hidden is { } hidden)
        {
            double[] before = Multiply(hidden, Pool(map)), throughHidden = new double[_width];
            for (int unit = 0; unit < before.Length; unit++)
            {
                double slope = NormalDistribution.Cumulative(before[unit]) + (before[unit] * NormalDistribution.Density(before[unit]));
                for (int channel = 0; channel < _width; channel++) throughHidden[channel] += pooled[unit] * slope * hidden.Weight[(unit * _width) + channel];
            }
            pooled = throughHidden;
        }

        int pixels = map.Length / _width;
        double[] mean = new double[_width];
        if (!_config.NormBeforePooling) AddThroughNorm(Average(map), pooled, 1.0 / pixels, mean);
        else
        {
            // Each pixel has a gradient of its own, 1 / pixels of which comes through pooling.
            double share = 1.0 / ((double)pixels * pixels);
            for (int pixel = 0; pixel < pixels; pixel++) AddThroughNorm(Widen(map.Slice(pixel * _width, _width)), pooled, share, mean);
        }
        return mean;
    }

    // The input of the hidden layer, or of the classifier.
    private double[] Pool(ReadOnlySpan<float> map)
    {
        if (!_config.NormBeforePooling) return Normalize(Average(map));
        double[] sum = new double[_width];
        int pixels = map.Length / _width;
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            double[] normalized = Normalize(Widen(map.Slice(pixel * _width, _width)));
            for (int channel = 0; channel < _width; channel++) sum[channel] += normalized[channel] / pixels;
        }
        return sum;
    }

    private double[] Average(ReadOnlySpan<float> map)
    {
        double[] mean = new double[_width];
        for (int i = 0; i < map.Length; i++) mean[i % _width] += map[i];
        int pixels = map.Length / _width;
        return [.. mean.Select(sum => sum / pixels)];
    }

    private double[] Normalize(double[] x)
    {
        (double mean, double scale) = FindScale(x);
        return [.. x.Select((value, channel) => ((value - mean) * scale * _normWeight[channel]) + _normBias[channel])];
    }

    /// <summary>Adds share * (gradient of the norm's output, taken back through the norm at x) to a sum.</summary>
    private void AddThroughNorm(double[] x, double[] gradient, double share, double[] sum)
    {
        (double mean, double scale) = FindScale(x);
        double meanGradient = 0, meanProduct = 0;
        for (int channel = 0; channel < _width; channel++)
        {
            double scaled = gradient[channel] * _normWeight[channel];
            meanGradient += scaled / _width;
            meanProduct += scaled * (x[channel] - mean) * scale / _width;
        }
        for (int channel = 0; channel < _width; channel++)
        {
            double scaled = gradient[channel] * _normWeight[channel], normalized = (x[channel] - mean) * scale;
            sum[channel] += share * scale * (scaled - meanGradient - (normalized * meanProduct));
        }
    }

    private (double Mean, double Scale) FindScale(double[] x)
    {
        double mean = x.Average();
        return (mean, 1 / Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + _config.NormEpsilon));
    }

    private static double[] Widen(ReadOnlySpan<float> values)
    {
        double[] wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++) wide[i] = values[i];
        return wide;
    }

    private static double[] Row(float[] matrix, int row, int length) => Widen(matrix.AsSpan(row * length, length));

    private static double[] Multiply((float[] Weight, float[] Bias) layer, double[] input)
    {
        double[] output = new double[layer.Bias.Length];
        for (int row = 0; row < output.Length; row++)
        {
            double sum = layer.Bias[row];
            for (int i = 0; i < input.Length; i++) sum += layer.Weight[(row * input.Length) + i] * input[i];
            output[row] = sum;
        }
        return output;
    }
}
