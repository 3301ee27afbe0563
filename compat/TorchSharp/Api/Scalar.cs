using TorchSharp.Tensors;

namespace TorchSharp;

#pragma warning disable CA2225 // operators only, as in the official one

/// <summary>A number as an argument.</summary>
public sealed class Scalar : IDisposable
{
    private readonly double _value;

    private Scalar(double value) => _value = value;

    internal TensorImpl Number => TensorImpl.Number(_value);

    public static implicit operator Scalar(int value) => new(value);

    public static implicit operator Scalar(float value) => new(value);

    public static implicit operator Scalar(double value) => new(value);

    public void Dispose()
    {
        // A plain number: nothing to free.
    }
}
