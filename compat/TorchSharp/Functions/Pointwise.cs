using TorchSharp.Autograd;
using TorchSharp.Kernels;
using TorchSharp.Tensors;

namespace TorchSharp.Functions;

/// <summary>Functions of each element, recorded. Where the result says what the slope is, the result is kept instead of the operand.</summary>
internal static class Pointwise
{
    public static TensorImpl Exp(TensorImpl x)
    {
        TensorImpl result = Elementwise.Map<Exponential>(x);
        var saved = new Saved(result.Detached());
        return Recorder.Record(result, "exp", [x], g => [Elementwise.Zip<Multiply>(g, saved.Value)]);
    }

    /// <summary>Slope 1 / (2 √x).</summary>
    public static TensorImpl Sqrt(TensorImpl x)
    {
        TensorImpl result = Elementwise.Map<SquareRoot>(x);
        var saved = new Saved(result.Detached());
        return Recorder.Record(result, "sqrt", [x], g =>
            [Elementwise.Zip<Divide>(g, Elementwise.Zip<Multiply>(saved.Value, TensorImpl.Number(2)))]);
    }

    public static TensorImpl Gelu(TensorImpl x)
    {
        var saved = new Saved(x);
        return Recorder.Record(Elementwise.Map<GaussianErrorLinear>(x), "gelu", [x], g =>
            [Elementwise.Zip<Multiply>(g, Elementwise.Map<GaussianErrorLinearSlope>(saved.Value))]);
    }
}
