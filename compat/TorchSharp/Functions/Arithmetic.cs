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

    /// <summary>The larger one; of equals each gets half of the gradient.</summary>
    public static TensorImpl Maximum(TensorImpl x, TensorImpl y)
    {
        Saved savedX = new(x), savedY = new(y);
        return Recorder.Record(Elementwise.Zip<Maximum>(x, y), "maximum", [x, y], g =>
            [Share<Greater>(g, savedX.Value, savedY.Value), Share<Less>(g, savedX.Value, savedY.Value)]);
    }

    /// <summary>The smaller one; of equals each gets half of the gradient.</summary>
    public static TensorImpl Minimum(TensorImpl x, TensorImpl y)
    {
        Saved savedX = new(x), savedY = new(y);
        return Recorder.Record(Elementwise.Zip<Minimum>(x, y), "minimum", [x, y], g =>
            [Share<Less>(g, savedX.Value, savedY.Value), Share<Greater>(g, savedX.Value, savedY.Value)]);
    }

    /// <summary>x to the power of a number: its gradient is p x^(p-1).</summary>
    public static TensorImpl Power(TensorImpl x, TensorImpl exponent)
    {
        TorchError.Unless(!exponent.RequiresGrad, "pow: gradients of an exponent are not supported");
        var saved = new Saved(x);
        return Recorder.Record(Elementwise.Power(x, exponent), "pow", [x], g =>
        {
            TensorImpl less = Elementwise.Zip<Subtract>(exponent, TensorImpl.Number(1));
            // x^0 has no slope anywhere, also where x^(-1) is infinite.
            TensorImpl slope = Elementwise.Select(Elementwise.Compare<Equal>(exponent, TensorImpl.Number(0)), TensorImpl.Number(0, saved.Value.Type),
                Elementwise.Zip<Multiply>(Elementwise.Power(saved.Value, less), exponent));
            return [Elementwise.Zip<Multiply>(g, slope)];
        });
    }

    public static TensorImpl Select(TensorImpl condition, TensorImpl x, TensorImpl y)
    {
        var saved = new Saved(condition);
        return Recorder.Record(Elementwise.Select(condition, x, y), "where", [x, y], g =>
        {
            TensorImpl zero = TensorImpl.Number(0, g.Type);
            return [Elementwise.Select(saved.Value, g, zero), Elementwise.Select(saved.Value, zero, g)];
        });
    }

    private static TensorImpl Share<TComparison>(TensorImpl gradient, TensorImpl x, TensorImpl y)
        where TComparison : struct, IComparison
    {
        TensorImpl whole = Elements.Cast(Elementwise.Compare<TComparison>(x, y), gradient.Type);
        TensorImpl half = Elementwise.Zip<Multiply>(Elements.Cast(Elementwise.Compare<Equal>(x, y), gradient.Type), TensorImpl.Number(0.5));
        return Elementwise.Zip<Multiply>(gradient, Elementwise.Zip<Add>(whole, half));
    }
}
