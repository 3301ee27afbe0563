using TorchSharp.Autograd;
using TorchSharp.Kernels;
using TorchSharp.Tensors;

namespace TorchSharp.Functions;

/// <summary>Products of matrices and layers made of them, recorded.</summary>
internal static class Products
{
    /// <summary>[m, k] times [k, n].</summary>
    public static TensorImpl Matrices(TensorImpl x, TensorImpl y)
    {
        Saved savedX = new(x), savedY = new(y);
        bool forX = x.RequiresGrad, forY = y.RequiresGrad;
        return Recorder.Record(MatrixProduct.Multiply(x, y), "mm", [x, y], g =>
        [
            forX ? MatrixProduct.Multiply(g, MatrixProduct.Transposed(savedY.Value)) : null,
            forY ? MatrixProduct.Multiply(MatrixProduct.Transposed(savedX.Value), g) : null,
        ]);
    }

    /// <summary>[..., k] times [k, n]: every row along the last dimension is multiplied.</summary>
    public static TensorImpl Rows(TensorImpl x, TensorImpl y)
    {
        if (x.Rank == 2) return Matrices(x, y);
        TorchError.Unless(x.Rank > 2 && y.Rank == 2 && x.Shape[^1] == y.Shape[0],
            $"a product of tensors of shapes {Shapes.Format(x.Shape)} and {Shapes.Format(y.Shape)} is not supported: the second must be a matrix that fits");
        TensorImpl product = Matrices(Views.Reshape(x, [-1, y.Shape[0]]), y);
        return Views.Reshape(product, [.. x.Shape[..^1], y.Shape[1]]);
    }

    /// <summary>x Wᵀ + b for weights [outputs, inputs].</summary>
    public static TensorImpl Linear(TensorImpl x, TensorImpl weights, TensorImpl? bias)
    {
        TensorImpl product = Rows(x, Views.Transpose(weights, 0, 1));
        return bias is null ? product : Arithmetic.Add(product, bias);
    }
}
