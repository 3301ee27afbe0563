namespace ConvNeXt.Backbone.Engines;

/// <summary>
/// Counts the calls in progress; closing waits for them and rejects later ones. An engine can therefore be disposed while other threads score with it: their
/// calls complete normally, and later calls throw.
/// </summary>
internal sealed class UsageGate
{
    private readonly object _lock = new();
    private readonly object _owner;
    private int _inside;
    private bool _closed;

    /// <summary>Creates an open gate.</summary>
    /// <param name="owner">The object that <see cref="ObjectDisposedException"/> names.</param>
    public UsageGate(object owner) => _owner = owner;

    /// <summary>Begins a call; dispose the result to end it.</summary>
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

    /// <summary>Closes the gate and waits for the calls in progress; returns false if it was already closed.</summary>
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

    /// <summary>A call in progress; disposing it ends the call.</summary>
    public readonly struct Pass(UsageGate gate) : IDisposable
    {
        /// <summary>Ends the call.</summary>
        public void Dispose() => gate.Leave();
    }
}
