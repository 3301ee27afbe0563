using static TorchSharp.torch;

namespace TorchSharp.Tensors;

/// <summary>Facts about an element type: its size, and whether arithmetic on it is done in float64 or in float32 (bfloat16 computes in float32 and rounds when stored).</summary>
internal sealed record ScalarTypeInfo(ScalarType Type, int Size, bool ComputesInDouble, int Rank)
{
    private static readonly Dictionary<ScalarType, ScalarTypeInfo> _all = new ScalarTypeInfo[]
    {
        new(ScalarType.BFloat16, 2, false, 0),
        new(ScalarType.Float32, 4, false, 1),
        new(ScalarType.Float64, 8, true, 2),
    }.ToDictionary(i => i.Type);

    public static ScalarTypeInfo Of(ScalarType type) =>
        _all.TryGetValue(type, out ScalarTypeInfo? info) ? info : throw new NotSupportedException($"tensors of {type} are not supported");

    /// <summary>The type of a result of two operands: the wider one's. A tensor without dimensions, as every number is, has no say beside one that has some.</summary>
    public static ScalarType Promote(TensorImpl left, TensorImpl right)
    {
        if (left.Rank > 0 != right.Rank > 0) return left.Rank > 0 ? left.Type : right.Type;
        if (left.IsArgument != right.IsArgument) return left.IsArgument ? right.Type : left.Type;
        return Of(left.Type).Rank >= Of(right.Type).Rank ? left.Type : right.Type;
    }
}
