using ConvNeXt.Backbone.Engines;
using static TorchSharp.torch;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>
/// Controls whether float32 products may use TF32. libtorch has a single switch per process, so computations with the same setting run together, and those with
/// the other setting wait for them.
/// </summary>
internal static class Float32Mode
{
    private static readonly object _lock = new();
    private static int _inside;
    private static bool _allowed;

    /// <summary>Begins a computation with a precision; dispose the result to end it.</summary>
    public static Pass Enter(ComputePrecision precision)
    {
        bool allow = precision == ComputePrecision.TensorFloat32;
        lock (_lock)
        {
            while (_inside > 0 && _allowed != allow) Monitor.Wait(_lock);
            if (_inside++ == 0)
            {
                _allowed = allow;
                backends.cuda.matmul.allow_tf32 = allow;
                backends.cudnn.allow_tf32 = allow;
            }
        }

        return default;
    }

    private static void Leave()
    {
        lock (_lock)
        {
            if (--_inside == 0) Monitor.PulseAll(_lock);
        }
    }

    /// <summary>A computation in progress.</summary>
    public readonly struct Pass : IDisposable
    {
        /// <summary>Ends the computation.</summary>
        public void Dispose() => Leave();
    }
}
