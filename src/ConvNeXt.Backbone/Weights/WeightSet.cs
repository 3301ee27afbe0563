using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace ConvNeXt.Backbone.Weights;

/// <summary>Named tensors in insertion order. Files, engines and models exchange weights in this form.</summary>
public sealed class WeightSet
{
    private readonly OrderedDictionary<string, WeightTensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>The tensors in insertion order.</summary>
    public IReadOnlyList<WeightTensor> Tensors => _tensors.Values;

    /// <summary>The tensor with this name.</summary>
    /// <exception cref="KeyNotFoundException">There is no tensor with this name; the message contains it.</exception>
    public WeightTensor this[string name] =>
        _tensors.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"There is no tensor '{name}' in these weights.");

    /// <summary>Looks up a tensor by name.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out WeightTensor tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>Appends a tensor.</summary>
    /// <exception cref="ArgumentException">There is already a tensor with this name, or the number of values does not match the shape.</exception>
    public void Add(WeightTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        long wanted = 1;
        foreach (int dimension in tensor.Shape) wanted = checked(wanted * dimension);
        if (tensor.Values.LongLength != wanted)
        {
            throw new ArgumentException(
                $"Tensor '{tensor.Name}' is [{string.Join(',', tensor.Shape)}], which requires {wanted} values, but it has {tensor.Values.LongLength}.",
                nameof(tensor));
        }
        if (!_tensors.TryAdd(tensor.Name, tensor))
            throw new ArgumentException($"There is already a tensor '{tensor.Name}'.", nameof(tensor));
    }
}

/// <summary>A named tensor in the official (PyTorch) layout, row-major: linear (out, in), convolution (out, in/groups, height, width).</summary>
/// <param name="Name">Official name, such as <c>stages.0.1.dwconv.weight</c>.</param>
/// <param name="Shape">Dimensions; empty for a scalar.</param>
/// <param name="Values">The values; their number is the product of the dimensions.</param>
public sealed record WeightTensor(string Name, ImmutableArray<int> Shape, float[] Values);
