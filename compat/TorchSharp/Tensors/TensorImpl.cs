using TorchSharp.Autograd;
using static TorchSharp.torch;

namespace TorchSharp.Tensors;

/// <summary>
/// What a <see cref="Tensor"/> is a handle of: shape and strides (in elements) over a storage, and its place in the recorded computation. It lives as
/// long as a handle, a view or the record of a computation needs it, whichever handles were disposed meanwhile.
/// </summary>
internal sealed class TensorImpl
{
    private TensorImpl(Storage storage, ScalarType type, long[] shape, long[] strides, long offset)
    {
        Storage = storage;
        Type = type;
        Shape = shape;
        Strides = strides;
        Offset = offset;
        Count = Shapes.Count(shape);
        IsContiguous = Shapes.IsContiguous(shape, strides);
        IsInference = GradientMode.IsInference;
    }

    public Storage Storage { get; }

    public ScalarType Type { get; }

    public long[] Shape { get; }

    public long[] Strides { get; }

    public long Offset { get; }

    public long Count { get; }

    public int Rank => Shape.Length;

    public bool IsContiguous { get; }

    /// <summary>Made in inference mode: may never be part of a recorded computation.</summary>
    public bool IsInference { get; }

    public bool IsView { get; private init; }

    /// <summary>A number that was written as an argument, not a tensor without dimensions.</summary>
    public bool IsArgument { get; private init; }

    /// <summary>Asked of a leaf by its owner; of a result it follows from how it was made.</summary>
    public bool IsTrainable { get; set; }

    public bool RequiresGrad => IsTrainable || Maker is not null;

    public TensorImpl? Grad { get; set; }

    /// <summary>The recorded operation that made this value; null for a leaf.</summary>
    public Node? Maker { get; set; }

    public static TensorImpl Allocate(long[] shape, ScalarType type)
    {
        TorchError.Unless(shape.All(n => n >= 0), $"a shape has no negative sizes, this one is {Shapes.Format(shape)}");
        return new TensorImpl(Storage.Allocate(Shapes.Count(shape), ScalarTypeInfo.Of(type)), type, shape, Shapes.ContiguousStrides(shape), 0);
    }

    /// <summary>A number as an operand.</summary>
    public static TensorImpl Number(double value)
    {
        var number = new TensorImpl(Storage.Allocate(1, ScalarTypeInfo.Of(ScalarType.Float64)), ScalarType.Float64, [], [], 0) { IsArgument = true };
        number.Span<double>()[0] = value;
        return number;
    }

    /// <summary>The same memory, read with another shape.</summary>
    public TensorImpl View(long[] shape, long[] strides, long offset) => new(Storage, Type, shape, strides, offset) { IsView = true };

    /// <summary>The elements as they lie in memory; only of a contiguous tensor of this type.</summary>
    public Span<T> Span<T>()
        where T : unmanaged => Storage.As<T>().Slice((int)Offset, (int)Count);

    public Span<byte> Bytes()
    {
        int size = ScalarTypeInfo.Of(Type).Size;
        return Storage.Bytes.AsSpan((int)Offset * size, (int)Count * size);
    }

    /// <summary>The same value outside the recorded computation.</summary>
    public TensorImpl Detached() => View(Shape, Strides, Offset);

    public TensorImpl Permuted(ReadOnlySpan<int> order) => Permuted(order, isView: true);

    /// <summary>The only holder of this memory under another order of dimensions: the result of an operation that keeps a layout.</summary>
    public TensorImpl OwnedPermutation(ReadOnlySpan<int> order) => Permuted(order, isView: false);

    public TensorImpl Expanded(long[] shape) => View(shape, Shapes.ExpandedStrides(this, shape), Offset);

    private TensorImpl Permuted(ReadOnlySpan<int> order, bool isView)
    {
        long[] shape = new long[Rank], strides = new long[Rank];
        for (int d = 0; d < Rank; d++) (shape[d], strides[d]) = (Shape[order[d]], Strides[order[d]]);
        return new TensorImpl(Storage, Type, shape, strides, Offset) { IsView = isView };
    }
}
