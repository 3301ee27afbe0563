using TorchSharp.Functions;
using TorchSharp.Kernels;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor conv2d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1)
            {
                var shape = new ConvolutionShape(input.Impl, weight.Impl, strides, padding, dilation, groups);
                return new Tensor(NetworkLayers.Convolve(input.Impl, weight.Impl, bias?.Impl, shape));
            }

            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                new(Products.Linear(input.Impl, weights.Impl, bias?.Impl));

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1E-05) =>
                new(NetworkLayers.Normalize(input.Impl, normalized_shape, weight?.Impl, bias?.Impl, eps));

            /// <summary>By the exact error function.</summary>
            public static Tensor gelu(Tensor x) => new(Pointwise.Gelu(x.Impl));

            public static Tensor log_softmax(Tensor x, long dim) => new(Reductions.LogSoftmax(x.Impl, dim));
        }
    }
}
