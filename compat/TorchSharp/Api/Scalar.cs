using TorchSharp.Tensors;

namespace TorchSharp;

#pragma warning disable CA2225 // operators only, as in the official one

/// <summary>A number as an argument.</summary>
public sealed class Scalar : IDisposable
{
    internal Scalar(double value, torch.ScalarType type) => (Value, Type) = (value, type);

    internal double Value { get; }

    public torch.ScalarType Type { get; }

    // Whole numbers up to 2^53 are exact in double; larger ones do not occur as factors or exponents.
    internal TensorImpl Number => TensorImpl.Number(Value, Type);

    public static implicit operator Scalar(int value) => new(value, torch.ScalarType.Int32);

    public static implicit operator Scalar(long value) => new(value, torch.ScalarType.Int64);

    public static implicit operator Scalar(float value) => new(value, torch.ScalarType.Float32);

    public static implicit operator Scalar(double value) => new(value, torch.ScalarType.Float64);

    public void Dispose()
    {
        // A plain number: nothing to free.
    }
}
