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

        public Tensor t() => new(Impl.Rank < 2 ? Impl : Views.Transpose(Impl, 0, 1));

        public Tensor expand(params long[] sizes) => new(Views.Expand(Impl, sizes));

        public Tensor unsqueeze(long dim)
        {
            int at = Tensors.Shapes.Dimension(dim, Impl.Rank + 1);
            return new(Views.View(Impl, [.. Impl.Shape[..at], 1, .. Impl.Shape[at..]]));
        }

        public Tensor narrow(long dim, long start, long length) => new(Views.Narrow(Impl, dim, start, length));

        public Tensor slice(long dim, long start, long finish, long step) => new(Views.Slice(Impl, dim, start, finish, step));

        public Tensor select(long dim, long index) => new(Views.Select(Impl, dim, index));
    }
}
