using TorchSharp.Autograd;

namespace TorchSharp;

/// <summary>Settings of a thread and of the process.</summary>
public static partial class torch
{
    private static int _threads = Environment.ProcessorCount;

    public static IDisposable no_grad() => GradientMode.Enter(recording: false, GradientMode.IsInference);

    public static IDisposable enable_grad(bool enabled = true) => GradientMode.Enter(enabled, GradientMode.IsInference);

    public static IDisposable inference_mode(bool mode = true) => GradientMode.Enter(!mode, mode);

    public static bool is_grad_enabled() => GradientMode.IsRecording;

    public static bool is_inference_mode_enabled() => GradientMode.IsInference;

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.OfThread.Open();

    public static int get_num_threads() => _threads;

    /// <summary>Remembered only: everything is computed on the calling thread.</summary>
    public static void set_num_threads(int num)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(num);
        _threads = num;
    }

    public static class backends
    {
        public static class cuda
        {
            public static class matmul
            {
                public static bool allow_tf32 { get; set; }
            }
        }

        public static class cudnn
        {
            public static bool allow_tf32 { get; set; } = true;
        }
    }
}
