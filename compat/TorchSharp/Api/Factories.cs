using TorchSharp.Functions;
using TorchSharp.Tensors;

namespace TorchSharp;

/// <summary>New tensors.</summary>
public static partial class torch
{
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Made(TensorImpl.Allocate(size.ToArray(), dtype ?? ScalarType.Float32), device, requires_grad, names);

    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        empty((ReadOnlySpan<long>)size, dtype, device, requires_grad, names);

    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(0, size, dtype, device, requires_grad, names);

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(0, size, dtype, device, requires_grad, names);

    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(1, size, dtype, device, requires_grad, names);

    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Filled(1, size, dtype, device, requires_grad, names);

    public static Tensor tensor(
        float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<float>(rawArray, dimensions, dtype, device, requires_grad, names);

    public static Tensor tensor(
        double[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<double>(rawArray, dimensions, dtype, device, requires_grad, names);

    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<float>(rawArray, [rawArray.Length], dtype, device, requires_grad, names);

    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<double>(rawArray, [rawArray.Length], dtype, device, requires_grad, names);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => new(Joining.Concatenate([.. tensors.Select(t => t.Impl)], dim));

    private static Tensor Filled(double value, ReadOnlySpan<long> size, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
    {
        TensorImpl result = TensorImpl.Allocate(size.ToArray(), dtype ?? ScalarType.Float32);
        Elements.Copy(TensorImpl.Number(value).Expanded(result.Shape), result);
        return Made(result, device, requiresGrad, names);
    }

    private static Tensor Of<T>(
        ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        if (Shapes.Count(dimensions) != values.Length)
            throw new ArgumentException($"a tensor of shape {Shapes.Format(dimensions)} has {Shapes.Count(dimensions)} elements, {values.Length} were given");
        TensorImpl result = TensorImpl.Allocate(dimensions.ToArray(), dtype ?? Elements.TypeOf<T>());
        Elements.Store(values, result);
        return Made(result, device, requiresGrad, names);
    }

    private static Tensor Made(TensorImpl impl, Device? device, bool requiresGrad, string[]? names)
    {
        if (names is not null) throw new NotSupportedException("named dimensions are not supported");
        InitializeDevice(device);
        return new Tensor(impl).requires_grad_(requiresGrad);
    }
}
