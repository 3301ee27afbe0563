using TorchSharp.Functions;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Views.</summary>
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => new(Views.View(Impl, shape));

        public Tensor reshape(params long[] shape) => new(Views.Reshape(Impl, shape));

        public Tensor permute(params long[] permutation) => new(Views.Permute(Impl, permutation));

        public Tensor transpose(long dim0, long dim1) => new(Views.Transpose(Impl, dim0, dim1));

        public Tensor narrow(long dim, long start, long length) => new(Views.Narrow(Impl, dim, start, length));
    }
}
