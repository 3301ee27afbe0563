using ConvNeXt.Backbone.Engines;
using static TorchSharp.torch;

namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>
/// Controls whether float32 products may use TF32. libtorch has a single switch per process, so computations with the same setting run together, and those with
/// the other setting wait for them; in turn, so that constant traffic with one setting does not keep the other out.
/// </summary>
internal static class Float32Mode
{
    private static readonly FairSwitch _switch = new(allow =>
    {
        backends.cuda.matmul.allow_tf32 = allow;
        backends.cudnn.allow_tf32 = allow;
    });

    /// <summary>Begins a computation with a precision; dispose the result to end it.</summary>
    public static Pass Enter(ComputePrecision precision)
    {
        _switch.Enter(precision == ComputePrecision.TensorFloat32);
        return default;
    }

    /// <summary>A computation in progress.</summary>
    public readonly struct Pass : IDisposable
    {
        /// <summary>Ends the computation.</summary>
        public void Dispose() => _switch.Leave();
    }
}
