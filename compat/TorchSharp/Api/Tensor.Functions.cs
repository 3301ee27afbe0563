using TorchSharp.Functions;
using TorchSharp.Tensors;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Functions of each element, reductions and products.</summary>
    public partial class Tensor
    {
        public Tensor exp() => new(Pointwise.Exp(Impl));

        public Tensor sqrt() => new(Pointwise.Sqrt(Impl));

        public Tensor sum(ScalarType? type = null) => new(Reductions.Sum(Impl, [], false, type));

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => new(Reductions.Sum(Impl, [dim], keepdim, type));

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => new(Reductions.Sum(Impl, dim, keepdim, type));

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => new(Reductions.Sum(Impl, dim, keepdim, type));

        public Tensor mean() => new(Reductions.Mean(Impl, [], false, null));

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => new(Reductions.Mean(Impl, dimensions, keepdim, type));

        public Tensor norm(float p = 2) => new(Reductions.Norm(OfTwo(p), [], false));

        public Tensor norm(int dim, bool keepdim = false, float p = 2) => new(Reductions.Norm(OfTwo(p), [dim], keepdim));

        public Tensor mm(Tensor target) => new(Products.Matrices(Impl, target.Impl));

        public Tensor matmul(Tensor target) => new(Products.Rows(Impl, target.Impl));

        private TensorImpl OfTwo(float p) =>
            p == 2 ? Impl : throw new ArgumentOutOfRangeException(nameof(p), p, "only the 2-norm is supported");
    }
}
