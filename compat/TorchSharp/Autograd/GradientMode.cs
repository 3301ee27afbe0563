namespace TorchSharp.Autograd;

/// <summary>Whether this thread records operations, and whether it is in inference mode.</summary>
internal static class GradientMode
{
    [ThreadStatic]
    private static bool s_off;

    [ThreadStatic]
    private static bool s_inference;

    public static bool IsRecording => !s_off && !s_inference;

    public static bool IsInference => s_inference;

    /// <summary>Until the result is disposed.</summary>
    public static IDisposable Enter(bool recording, bool inference)
    {
        var before = new Restorer(s_off, s_inference);
        (s_off, s_inference) = (!recording, inference);
        return before;
    }

    private sealed class Restorer(bool off, bool inference) : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            if (_done) return;
            _done = true;
            (s_off, s_inference) = (off, inference);
        }
    }
}
