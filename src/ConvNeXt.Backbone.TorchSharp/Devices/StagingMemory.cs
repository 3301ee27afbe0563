using TorchSharp;
using Device = TorchSharp.torch.Device;
using ScalarType = TorchSharp.torch.ScalarType;
using Tensor = TorchSharp.torch.Tensor;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>
/// Copies images to a device. A GPU copies from page-locked memory while it computes and the caller continues. Allocating such memory is slow, so buffers are
/// reused. A few buffers are enough: one for each thread that scores at the same time.
/// </summary>
internal sealed class StagingMemory(Device device) : IDisposable
{
    private const int MostIdle = 4;

    private readonly Lock _lock = new();
    private readonly List<Tensor> _idle = [];
    private bool _disposed;

    /// <summary>Starts copying values to the device.</summary>
    /// <param name="values">float32 values.</param>
    /// <param name="shape">Their shape.</param>
    /// <returns>The tensor on the device. Dispose it after the device's results have been read: only then is the copy certain to be complete.</returns>
    public Upload Upload(ReadOnlySpan<float> values, long[] shape)
    {
        if (TensorTransfer.IsCpu(device)) return new Upload(this, TensorTransfer.Upload(values, shape, device), null);
        Tensor buffer = Rent(values.Length);
        try
        {
            using var scope = torch.NewDisposeScope();
            Tensor host = buffer.narrow(0, 0, values.Length);
            TensorTransfer.Write(values, host);
            return new Upload(this, host.to(device, non_blocking: true).view(shape).MoveToOuterDisposeScope(), buffer);
        }
        catch
        {
            Return(buffer);
            throw;
        }
    }

    /// <summary>Frees the buffers.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (Tensor buffer in _idle) buffer.Dispose();
            _idle.Clear();
        }
    }

    /// <summary>Returns a buffer for reuse.</summary>
    internal void Return(Tensor buffer)
    {
        lock (_lock)
        {
            if (!_disposed && _idle.Count < MostIdle) _idle.Add(buffer);
            else buffer.Dispose();
        }
    }

    private Tensor Rent(long floats)
    {
        lock (_lock)
        {
            int fitting = _idle.FindIndex(buffer => buffer.NumberOfElements >= floats);
            int taken = fitting >= 0 ? fitting : _idle.Count - 1;
            if (taken >= 0)
            {
                Tensor buffer = _idle[taken];
                _idle.RemoveAt(taken);
                if (fitting >= 0) return buffer;
                buffer.Dispose();
            }
        }

        using var scope = torch.NewDisposeScope();
        using var ordinary = torch.inference_mode(false); // the buffer outlives the caller's inference mode
        return torch.empty([floats], ScalarType.Float32).pin_memory().DetachFromDisposeScope();
    }
}

/// <summary>Values that are being copied to a device.</summary>
internal readonly struct Upload(StagingMemory memory, Tensor tensor, Tensor? buffer) : IDisposable
{
    /// <summary>The values on the device.</summary>
    public Tensor Tensor { get; } = tensor;

    /// <summary>Frees the values and returns the buffer.</summary>
    public void Dispose()
    {
        Tensor.Dispose();
        if (buffer is not null) memory.Return(buffer);
    }
}
