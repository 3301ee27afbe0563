namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>
/// Lets calls in until it is closed; closing waits for those that are in. So an engine can be disposed while other threads score with it: their calls end as
/// if nothing had happened, later ones are refused.
/// </summary>
internal sealed class UsageGate
{
    private readonly object _lock = new();
    private readonly object _owner;
    private int _inside;
    private bool _closed;

    /// <summary>An open gate.</summary>
    /// <param name="owner">What a caller who comes too late is told was disposed.</param>
    public UsageGate(object owner) => _owner = owner;

    /// <summary>Lets a call in.</summary>
    /// <exception cref="ObjectDisposedException">The gate is closed.</exception>
    public Pass Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, _owner);
            _inside++;
        }

        return new Pass(this);
    }

    /// <summary>Closes the gate and waits until nobody is inside; false where it was closed before.</summary>
    public bool Close()
    {
        lock (_lock)
        {
            if (_closed) return false;
            _closed = true;
            while (_inside > 0) Monitor.Wait(_lock);
            return true;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_inside == 0) Monitor.PulseAll(_lock);
        }
    }

    /// <summary>A call that is inside; disposing it ends the call.</summary>
    public readonly struct Pass(UsageGate gate) : IDisposable
    {
        /// <summary>Ends the call.</summary>
        public void Dispose() => gate.Leave();
    }
}
