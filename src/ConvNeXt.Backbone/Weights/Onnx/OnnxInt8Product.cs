namespace ConvNeXt.Backbone.Weights.Onnx;

/// <summary>
/// A product of 8-bit numbers in the form that ONNX Runtime recognizes and fuses: the input is rounded to unsigned numbers over its range in this run, the
/// weights are signed with a scale for each output, and the sums are 32-bit numbers.
/// </summary>
internal static class OnnxInt8Product
{
    /// <summary>
    /// 7 bits: two products of 255 and 64 fit into the 16 bits in which AVX2 and AVX-512 without VNNI add them; with 127 they would be cut off without a word.
    /// </summary>
    private const int LargestWeight = 64;

    /// <summary>Adds the nodes and returns the name of the product, float32.</summary>
    /// <param name="graph">Receives the nodes.</param>
    /// <param name="x">The input, [..., inputs].</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="name">Name of the layer.</param>
    internal static string Add(OnnxGraph graph, string x, WeightTensor weight, string name)
    {
        int outputs = weight.Shape[0], inputs = weight.Shape[1];
        var (values, scales) = Round(weight.Values, outputs, inputs);
        string rounded = $"{name}.rounded", step = $"{name}.step", zero = $"{name}.zero";
        graph.Node("DynamicQuantizeLinear", $"{name}.rounding", [x], [rounded, step, zero]);
        string matrix = graph.Tensor(weight.Name, [inputs, outputs], values);
        string sums = graph.Node("MatMulInteger", $"{name}.sums", [rounded, matrix, zero]);
        string converted = graph.Node("Cast", $"{name}.converted", [sums], OnnxMessages.Attribute("to", OnnxMessages.FloatType));
        string scale = graph.Node("Mul", $"{name}.scale", [step, graph.Tensor($"{weight.Name}.scale", [outputs], scales)]);
        return graph.Node("Mul", $"{name}.product", [converted, scale]);
    }

    /// <summary>Rounds a matrix [outputs, inputs] to [inputs, outputs] and a scale for each output.</summary>
    private static (sbyte[] Values, float[] Scales) Round(float[] weights, int outputs, int inputs)
    {
        var values = new sbyte[weights.Length];
        var scales = new float[outputs];
        for (int output = 0; output < outputs; output++)
        {
            ReadOnlySpan<float> row = weights.AsSpan(output * inputs, inputs);
            float largest = 0f;
            foreach (float weight in row) largest = Math.Max(largest, Math.Abs(weight));
            scales[output] = largest > 0f ? largest / LargestWeight : 1f;
            for (int input = 0; input < inputs; input++) values[(input * outputs) + output] = (sbyte)MathF.Round(row[input] / scales[output]);
        }

        return (values, scales);
    }
}
