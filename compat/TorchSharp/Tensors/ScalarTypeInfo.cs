using static TorchSharp.torch;

namespace TorchSharp.Tensors;

/// <summary>Facts about an element type: its size, and in which type arithmetic on it is done (16-bit floats compute in float32 and round when stored).</summary>
internal sealed record ScalarTypeInfo(ScalarType Type, int Size, ScalarType Computes, int Rank)
{
    private static readonly Dictionary<ScalarType, ScalarTypeInfo> _all = new ScalarTypeInfo[]
    {
        new(ScalarType.Bool, 1, ScalarType.Int64, 0),
        new(ScalarType.Byte, 1, ScalarType.Int64, 10),
        new(ScalarType.Int32, 4, ScalarType.Int64, 11),
        new(ScalarType.Int64, 8, ScalarType.Int64, 12),
        new(ScalarType.Float16, 2, ScalarType.Float32, 20),
        new(ScalarType.BFloat16, 2, ScalarType.Float32, 20),
        new(ScalarType.Float32, 4, ScalarType.Float32, 21),
        new(ScalarType.Float64, 8, ScalarType.Float64, 22),
    }.ToDictionary(i => i.Type);

    public bool IsFloatingPoint => Rank >= 20;

    public static ScalarTypeInfo Of(ScalarType type) =>
        _all.TryGetValue(type, out ScalarTypeInfo? info) ? info : throw new NotSupportedException($"tensors of {type} are not supported");

    /// <summary>
    /// The type of a result of two operands. A tensor without dimensions, as every number is, only counts where it is of a higher kind
    /// (floating point above integer above bool) than the other operand. Integers and a fraction that is an argument give float32.
    /// </summary>
    public static ScalarType Promote(TensorImpl left, TensorImpl right)
    {
        ScalarTypeInfo a = Of(left.Type), b = Of(right.Type);
        if (left.Rank > 0 && right.Rank == 0 && a.Rank / 10 >= b.Rank / 10) return a.Type;
        if (right.Rank > 0 && left.Rank == 0 && b.Rank / 10 >= a.Rank / 10) return b.Type;
        if (a.Type == b.Type) return a.Type;
        if ((left.IsArgument && a.IsFloatingPoint && !b.IsFloatingPoint) || (right.IsArgument && b.IsFloatingPoint && !a.IsFloatingPoint)) return ScalarType.Float32;
        return a.Rank == b.Rank ? ScalarType.Float32 : a.Rank > b.Rank ? a.Type : b.Type;
    }
}
