using TorchSharp.Autograd;
using TorchSharp.Kernels;
using TorchSharp.Tensors;
using static TorchSharp.torch;

namespace TorchSharp.Functions;

/// <summary>Copies that change type or order in memory but no value, recorded.</summary>
internal static class Layouts
{
    /// <summary>Row-major; the tensor itself where it is.</summary>
    public static TensorImpl Contiguous(TensorImpl x) => x.IsContiguous ? x : Recorder.Record(Dense(x), "contiguous", [x], g => [g]);

    /// <summary>A copy in memory of its own, in the same layout where that leaves no gaps.</summary>
    public static TensorImpl Clone(TensorImpl x)
    {
        TensorImpl copy = Layout.MemoryOrder(x) is { } order ? Layout.Allocate(x.Shape, x.Type, order) : TensorImpl.Allocate(x.Shape, x.Type);
        Elements.Copy(x, copy);
        return Recorder.Record(copy, "clone", [x], g => [g]);
    }

    /// <summary>The backward pass brings the gradient back to the type of x.</summary>
    public static TensorImpl Cast(TensorImpl x, ScalarType type) =>
        x.Type == type ? x : Recorder.Record(Elements.Cast(x, type), "to", [x], g => [g]);

    private static TensorImpl Dense(TensorImpl x)
    {
        TensorImpl result = TensorImpl.Allocate(x.Shape, x.Type);
        Elements.Copy(x, result);
        return result;
    }
}
