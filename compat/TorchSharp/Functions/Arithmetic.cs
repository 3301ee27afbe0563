using TorchSharp.Autograd;
using TorchSharp.Kernels;
using TorchSharp.Tensors;

namespace TorchSharp.Functions;

/// <summary>
/// Operations on pairs of tensors, recorded. A gradient may have the shape of the result: the backward pass sums it to the shape of the operand.
/// </summary>
internal static class Arithmetic
{
    public static TensorImpl Add(TensorImpl x, TensorImpl y) =>
        Recorder.Record(Elementwise.Zip<Add>(x, y), "add", [x, y], g => [g, g]);

    public static TensorImpl Subtract(TensorImpl x, TensorImpl y) =>
        Recorder.Record(Elementwise.Zip<Subtract>(x, y), "sub", [x, y], g => [g, Elementwise.Map<Negate>(g)]);

    public static TensorImpl Multiply(TensorImpl x, TensorImpl y)
    {
        Saved savedX = new(x), savedY = new(y);
        bool forX = x.RequiresGrad, forY = y.RequiresGrad;
        return Recorder.Record(Elementwise.Zip<Multiply>(x, y), "mul", [x, y], g =>
            [forX ? Elementwise.Zip<Multiply>(g, savedY.Value) : null, forY ? Elementwise.Zip<Multiply>(g, savedX.Value) : null]);
    }

    public static TensorImpl Divide(TensorImpl x, TensorImpl y)
    {
        Saved savedX = new(x), savedY = new(y);
        bool forX = x.RequiresGrad, forY = y.RequiresGrad;
        return Recorder.Record(Elementwise.Zip<Divide>(x, y), "div", [x, y], g =>
        [
            forX ? Elementwise.Zip<Divide>(g, savedY.Value) : null,
            forY ? Elementwise.Map<Negate>(Elementwise.Zip<Divide>(Elementwise.Zip<Multiply>(g, savedX.Value),
                Elementwise.Zip<Multiply>(savedY.Value, savedY.Value))) : null,
        ]);
    }
}
