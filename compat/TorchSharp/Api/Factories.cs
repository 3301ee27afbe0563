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
        full(size, 0, dtype ?? ScalarType.Float32, device, requires_grad, names);

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        zeros((ReadOnlySpan<long>)size, dtype, device, requires_grad, names);

    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full(size, 1, dtype ?? ScalarType.Float32, device, requires_grad, names);

    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        ones((ReadOnlySpan<long>)size, dtype, device, requires_grad, names);

    public static Tensor full(
        ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        TensorImpl result = TensorImpl.Allocate(size.ToArray(), dtype ?? ScalarType.Float32);
        Elements.Copy(value.Number.Expanded(result.Shape), result);
        return Made(result, device, requires_grad, names);
    }

    public static Tensor full(
        long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        full((ReadOnlySpan<long>)size, value, dtype, device, requires_grad, names);

    public static Tensor zeros_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        zeros(input.Impl.Shape, dtype ?? input.Impl.Type, device, requires_grad, names);

    public static Tensor empty_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        empty(input.Impl.Shape, dtype ?? input.Impl.Type, device, requires_grad, names);

    public static Tensor tensor(
        float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<float>(rawArray, dimensions, dtype, device, requires_grad, names);

    public static Tensor tensor(
        double[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<double>(rawArray, dimensions, dtype, device, requires_grad, names);

    public static Tensor tensor(
        long[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<long>(dataArray, dimensions, dtype, device, requires_grad, names);

    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<float>(rawArray, [rawArray.Length], dtype, device, requires_grad, names);

    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<double>(rawArray, [rawArray.Length], dtype, device, requires_grad, names);

    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Of<long>(dataArray, [dataArray.Length], dtype, device, requires_grad, names);

    public static Tensor tensor(
        Memory<float> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Of<float>(rawArray.Span, dimensions, dtype, device, requires_grad, names);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => new(Joining.Concatenate([.. tensors.Select(t => t.Impl)], dim));

    /// <summary>One tensor beside the other along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => new(Joining.Stack([.. tensors.Select(t => t.Impl)], dim));

    private static Tensor Of<T>(
        ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
        where T : unmanaged, System.Numerics.INumber<T>
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
