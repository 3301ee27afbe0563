using TorchSharp.Autograd;
using TorchSharp.Kernels;
using TorchSharp.Tensors;

namespace TorchSharp.Functions;

/// <summary>Functions of each element, recorded. Where the result says what the slope is, the result is kept instead of the operand.</summary>
internal static class Pointwise
{
    public static TensorImpl Negative(TensorImpl x) =>
        Recorder.Record(Elementwise.Map<Negate>(x), "neg", [x], g => [Elementwise.Map<Negate>(g)]);

    public static TensorImpl Exp(TensorImpl x)
    {
        TensorImpl result = Elementwise.Map<Exponential>(x);
        var saved = new Saved(result.Detached());
        return Recorder.Record(result, "exp", [x], g => [Elementwise.Zip<Multiply>(g, saved.Value)]);
    }

    public static TensorImpl Log(TensorImpl x)
    {
        var saved = new Saved(x);
        return Recorder.Record(Elementwise.Map<Logarithm>(x), "log", [x], g => [Elementwise.Zip<Divide>(g, saved.Value)]);
    }

    /// <summary>Slope 1 / (2 √x).</summary>
    public static TensorImpl Sqrt(TensorImpl x)
    {
        TensorImpl result = Elementwise.Map<SquareRoot>(x);
        var saved = new Saved(result.Detached());
        return Recorder.Record(result, "sqrt", [x], g =>
            [Elementwise.Zip<Divide>(g, Elementwise.Zip<Multiply>(saved.Value, TensorImpl.Number(2)))]);
    }

    /// <summary>Slope -y³ / 2.</summary>
    public static TensorImpl Rsqrt(TensorImpl x)
    {
        TensorImpl result = Elementwise.Map<ReciprocalSquareRoot>(x);
        var saved = new Saved(result.Detached());
        return Recorder.Record(result, "rsqrt", [x], g => [Elementwise.Zip<Multiply>(g,
            Elementwise.Zip<Multiply>(Elementwise.Power(saved.Value, TensorImpl.Number(3)), TensorImpl.Number(-0.5)))]);
    }

    public static TensorImpl Abs(TensorImpl x)
    {
        var saved = new Saved(x);
        return Recorder.Record(Elementwise.Map<Absolute>(x), "abs", [x], g => [Elementwise.Zip<Multiply>(g, Elementwise.Map<Sign>(saved.Value))]);
    }

    /// <summary>Flat almost everywhere: its gradient is zero.</summary>
    public static TensorImpl Floor(TensorImpl x) =>
        Recorder.Record(Elementwise.Map<Floor>(x), "floor", [x], g => [Elementwise.Zip<Multiply>(g, TensorImpl.Number(0))]);

    public static TensorImpl Gelu(TensorImpl x)
    {
        var saved = new Saved(x);
        return Recorder.Record(Elementwise.Map<GaussianErrorLinear>(x), "gelu", [x], g =>
            [Elementwise.Zip<Multiply>(g, Elementwise.Map<GaussianErrorLinearSlope>(saved.Value))]);
    }

    /// <summary>Between two bounds, either of which may be absent; outside them the slope is zero.</summary>
    public static TensorImpl Clamp(TensorImpl x, TensorImpl? least, TensorImpl? most)
    {
        TensorImpl result = x;
        if (least is not null) result = Elementwise.Zip<Maximum>(result, least);
        if (most is not null) result = Elementwise.Zip<Minimum>(result, most);
        var saved = new Saved(x);
        return Recorder.Record(result, "clamp", [x], g =>
        {
            TensorImpl zero = TensorImpl.Number(0, g.Type);
            if (least is not null) g = Elementwise.Select(Elementwise.Compare<GreaterOrEqual>(saved.Value, least), g, zero);
            if (most is not null) g = Elementwise.Select(Elementwise.Compare<LessOrEqual>(saved.Value, most), g, zero);
            return [g];
        });
    }
}
