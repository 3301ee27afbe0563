namespace TorchSharp.Autograd;

/// <summary>Whether this thread records operations, and whether it is in inference mode.</summary>
internal static class GradientMode
{
    [ThreadStatic]
    private static bool _off;

    [ThreadStatic]
    private static bool _inference;

    public static bool IsRecording => !_off && !_inference;

    public static bool IsInference => _inference;

    /// <summary>Until the result is disposed.</summary>
    public static IDisposable Enter(bool recording, bool inference)
    {
        var before = new Restorer(_off, _inference);
        (_off, _inference) = (!recording, inference);
        return before;
    }

    private sealed class Restorer(bool off, bool inference) : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            if (_done) return;
            _done = true;
            (_off, _inference) = (off, inference);
        }
    }
}
