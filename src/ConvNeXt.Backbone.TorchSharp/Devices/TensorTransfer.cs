using System.Runtime.InteropServices;
using ConvNeXt.Backbone.Weights;
using TorchSharp;
using Device = TorchSharp.torch.Device;
using ScalarType = TorchSharp.torch.ScalarType;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>Copies values between spans and tensors.</summary>
internal static class TensorTransfer
{
    /// <summary>A tensor's memory is accessed as a span of bytes, whose length is an int, so larger tensors are copied in pieces.</summary>
    private const long PieceFloats = 1 << 28;

    /// <summary>Creates a float32 tensor with the given values on a device.</summary>
    public static Tensor Upload(ReadOnlySpan<float> values, long[] shape, Device device)
    {
        using var scope = torch.NewDisposeScope();
        Tensor host = torch.empty(shape, ScalarType.Float32);
        Write(values, host);
        return (IsCpu(device) ? host : host.to(device)).MoveToOuterDisposeScope();
    }

    /// <summary>Copies a weight to a device.</summary>
    public static Tensor Upload(WeightTensor weight, Device device) => Upload(weight.Values, ShapeOf(weight), device);

    /// <summary>Writes values to a contiguous float32 tensor on the CPU.</summary>
    public static void Write(ReadOnlySpan<float> values, Tensor host)
    {
        using var scope = torch.NewDisposeScope();
        Tensor flat = host.view(-1);
        for (long first = 0, count; first < values.Length; first += count)
        {
            count = Math.Min(PieceFloats, values.Length - first);
            MemoryMarshal.AsBytes(values.Slice((int)first, (int)count)).CopyTo(flat.narrow(0, first, count).bytes);
        }
    }

    /// <summary>Reads a tensor of any type and device; waits until it is computed.</summary>
    public static void Read(Tensor tensor, Span<float> values)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Tensor flat = tensor.to(ScalarType.Float32).cpu().contiguous().view(-1);
        for (long first = 0, count; first < values.Length; first += count)
        {
            count = Math.Min(PieceFloats, values.Length - first);
            Tensor piece = flat.narrow(0, first, count);
            piece.bytes.CopyTo(MemoryMarshal.AsBytes(values.Slice((int)first, (int)count)));
        }
    }

    /// <summary>Returns the official shape of a weight.</summary>
    public static long[] ShapeOf(WeightTensor weight) => [.. weight.Shape.Select(size => (long)size)];

    /// <summary>Whether a device is the CPU.</summary>
    public static bool IsCpu(Device device) => device.type == DeviceType.CPU;
}
