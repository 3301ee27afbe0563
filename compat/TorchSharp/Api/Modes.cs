using TorchSharp.Autograd;

namespace TorchSharp;

/// <summary>Modes of a thread, and switches of the process.</summary>
public static partial class torch
{
    public static IDisposable no_grad() => GradientMode.Enter(recording: false, GradientMode.IsInference);

    public static IDisposable enable_grad(bool enabled = true) => GradientMode.Enter(enabled, GradientMode.IsInference);

    public static IDisposable inference_mode(bool mode = true) => GradientMode.Enter(!mode, mode);

    public static bool is_grad_enabled() => GradientMode.IsRecording;

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.OfThread.Open();

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
