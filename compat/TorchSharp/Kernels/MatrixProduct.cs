using System.Numerics.Tensors;
using TorchSharp.Tensors;
using static TorchSharp.torch;

namespace TorchSharp.Kernels;

/// <summary>Products of matrices, row by row, computed in double: what they round to float32 is right in the last place.</summary>
internal static class MatrixProduct
{
    /// <summary>[m, k] times [k, n].</summary>
    public static TensorImpl Multiply(TensorImpl x, TensorImpl y)
    {
        TorchError.Unless(x.Rank == 2 && y.Rank == 2 && x.Shape[1] == y.Shape[0],
            $"matrices of shapes {Shapes.Format(x.Shape)} and {Shapes.Format(y.Shape)} cannot be multiplied");
        TorchError.Unless(x.Type == y.Type, $"the matrices of a product have one type, these are {x.Type} and {y.Type}");
        int m = (int)x.Shape[0], k = (int)x.Shape[1], n = (int)y.Shape[1];
        TensorImpl product = TensorImpl.Allocate([m, n], ScalarType.Float64);
        Span<double> to = product.Span<double>();
        to.Clear();
        if (m > 0 && n > 0) Accumulate(Elements.Read<double>(x), Elements.Read<double>(y), to, m, k, n);
        return Elements.Cast(product, x.Type);
    }

    /// <summary>result [m, n] += a [m, k] b [k, n], all row-major.</summary>
    public static void Accumulate(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> result, int m, int k, int n)
    {
        for (int row = 0; row < m; row++)
        {
            Span<double> to = result.Slice(row * n, n);
            for (int i = 0; i < k; i++) TensorPrimitives.MultiplyAdd(b.Slice(i * n, n), a[(row * k) + i], to, to);
        }
    }

    public static TensorImpl Transposed(TensorImpl x) => x.Permuted([1, 0]);
}
