using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.Backbone.Training;

/// <summary>
/// Exponential moving average of all weights (timm's ModelEma, as the official recipe uses it): after each optimizer step, average = decay * average + (1 - decay) * weights.
/// </summary>
public sealed class ModelAverage
{
    private readonly float _decay;
    private readonly WeightSet _average = new();

    /// <summary>Starts from a copy of the initial weights.</summary>
    /// <param name="initial">Weights before the first step.</param>
    /// <param name="decay">In [0, 1); officially 0.9999.</param>
    public ModelAverage(WeightSet initial, double decay)
    {
        ArgumentNullException.ThrowIfNull(initial);
        ArgumentOutOfRangeException.ThrowIfNegative(decay);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(decay, 1);
        _decay = (float)decay;
        foreach (WeightTensor tensor in initial.Tensors) _average.Add(tensor with { Values = [.. tensor.Values] });
    }

    /// <summary>The average so far.</summary>
    public WeightSet Weights => _average;

    /// <summary>Takes in the weights after a step.</summary>
    /// <exception cref="KeyNotFoundException">A tensor is missing.</exception>
    public void Update(WeightSet weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        foreach (WeightTensor tensor in _average.Tensors)
        {
            float[] average = tensor.Values, current = weights[tensor.Name].Values;
            float rest = 1f - _decay;
            for (int i = 0; i < average.Length; i++) average[i] = _decay * average[i] + rest * current[i];
        }
    }
}
