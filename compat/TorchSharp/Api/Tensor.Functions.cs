using TorchSharp.Functions;
using TorchSharp.Kernels;
using TorchSharp.Tensors;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Functions of each element, reductions and products.</summary>
    public partial class Tensor
    {
        public Tensor neg() => new(Pointwise.Negative(Impl));

        public Tensor abs() => new(Pointwise.Abs(Impl));

        public Tensor exp() => new(Pointwise.Exp(Impl));

        public Tensor log() => new(Pointwise.Log(Impl));

        public Tensor sqrt() => new(Pointwise.Sqrt(Impl));

        public Tensor sqrt_() => Become(Pointwise.Sqrt(Impl), nameof(sqrt_));

        public Tensor rsqrt() => new(Pointwise.Rsqrt(Impl));

        public Tensor floor() => new(Pointwise.Floor(Impl));

        public Tensor gelu() => new(Pointwise.Gelu(Impl));

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => new(Pointwise.Clamp(Impl, min?.Number, max?.Number));

        public Tensor isfinite() => new(Elementwise.Compare<Less>(Elementwise.Map<Absolute>(Impl), TensorImpl.Number(double.PositiveInfinity)));

        public Tensor sum(ScalarType? type = null) => new(Reductions.Sum(Impl, [], false, type));

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => new(Reductions.Sum(Impl, [dim], keepdim, type));

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => new(Reductions.Sum(Impl, dim, keepdim, type));

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => new(Reductions.Sum(Impl, dim, keepdim, type));

        public Tensor mean() => new(Reductions.Mean(Impl, [], false, null));

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => new(Reductions.Mean(Impl, dimensions, keepdim, type));

        public Tensor norm(float p = 2) => new(Reductions.Norm(OfTwo(p), [], false));

        public Tensor norm(int dim, bool keepdim = false, float p = 2) => new(Reductions.Norm(OfTwo(p), [dim], keepdim));

        public Tensor argmax(long dim, bool keepdim = false) => new(Reduction.ArgMax(Impl, Shapes.Dimension(dim, Impl.Rank), keepdim));

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => new(Reductions.LogSoftmax(Impl, dim, dtype));

        public Tensor softmax(long dim, ScalarType? dtype = null) => new(Pointwise.Exp(Reductions.LogSoftmax(Impl, dim, dtype)));

        public Tensor mm(Tensor target) => new(Products.Matrices(Impl, target.Impl));

        public Tensor matmul(Tensor target) => new(Products.Rows(Impl, target.Impl));

        private TensorImpl OfTwo(float p) =>
            p == 2 ? Impl : throw new ArgumentOutOfRangeException(nameof(p), p, "only the 2-norm is supported");
    }
}
