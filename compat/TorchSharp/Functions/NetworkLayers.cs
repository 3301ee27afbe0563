using TorchSharp.Autograd;
using TorchSharp.Kernels;
using TorchSharp.Tensors;

namespace TorchSharp.Functions;

/// <summary>Convolution and layer normalisation, recorded.</summary>
internal static class NetworkLayers
{
    public static TensorImpl Convolve(TensorImpl x, TensorImpl weight, TensorImpl? bias, ConvolutionShape shape)
    {
        Saved savedX = new(x), savedWeight = new(weight);
        TensorImpl result = Recorder.Record(Convolution.Forward(x, weight, shape), "conv2d", [x, weight], g =>
        {
            (TensorImpl input, TensorImpl filters) = Convolution.Backward(g, savedX.Value, savedWeight.Value, shape);
            return [input, filters];
        });
        return bias is null ? result : Arithmetic.Add(result, Views.View(bias, [-1, 1, 1]));
    }

    public static TensorImpl Normalize(TensorImpl x, long[] normalizedShape, TensorImpl? weight, TensorImpl? bias, double eps)
    {
        TorchError.Unless(normalizedShape.Length > 0 && normalizedShape.Length <= x.Rank && x.Shape.AsSpan(x.Rank - normalizedShape.Length).SequenceEqual(normalizedShape),
            $"layer_norm: the last dimensions of shape {Shapes.Format(x.Shape)} are not {Shapes.Format(normalizedShape)}");
        int length = (int)Shapes.Count(normalizedShape);
        var saved = new Saved(x);
        TensorImpl result = Recorder.Record(LayerNormalization.Forward(x, length, eps), "layer_norm", [x],
            g => [LayerNormalization.Backward(g, saved.Value, length, eps)]);
        if (weight is not null) result = Arithmetic.Multiply(result, weight);
        return bias is null ? result : Arithmetic.Add(result, bias);
    }
}
