using ConvNeXt.Backbone.Weights;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>Folds a temperature into the classifier layer, for runtimes that compute a plain softmax.</summary>
internal static class HeadScaling
{
    private const string HeadWeight = "head.weight", HeadBias = "head.bias";

    /// <summary>Returns the weights with the head divided by the temperature, which divides the logits. All other tensors are shared.</summary>
    public static WeightSet Divide(WeightSet weights, double temperature)
    {
        if (temperature == 1) return weights;
        var divided = new WeightSet();
        foreach (WeightTensor tensor in weights.Tensors)
            divided.Add(tensor.Name is HeadWeight or HeadBias ? tensor with { Values = [.. tensor.Values.Select(value => (float)(value / temperature))] } : tensor);
        return divided;
    }
}
