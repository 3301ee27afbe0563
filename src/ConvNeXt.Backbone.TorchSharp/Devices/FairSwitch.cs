namespace ConvNeXt.Backbone.TorchSharp.Devices;

/// <summary>
/// Lets computations in together that want a switch in the same position, in the order in which they ask: one that wants the other position waits for those
/// inside, and later ones wait behind it, so that nobody waits for ever.
/// </summary>
/// <param name="set">Sets the switch; called while nobody is inside.</param>
internal sealed class FairSwitch(Action<bool> set)
{
    private readonly object _lock = new();
    private readonly Queue<object> _waiting = new();
    private int _inside;
    private bool? _position;

    /// <summary>Begins a computation with a position of the switch; call <see cref="Leave"/> to end it.</summary>
    public void Enter(bool position)
    {
        lock (_lock)
        {
            if (_waiting.Count > 0 || !Fits(position))
            {
                var turn = new object();
                _waiting.Enqueue(turn);
                while (_waiting.Peek() != turn || !Fits(position)) Monitor.Wait(_lock);
                _waiting.Dequeue();
                Monitor.PulseAll(_lock); // the next one may want the same position
            }

            if (_position != position) set(position);
            _position = position;
            _inside++;
        }
    }

    /// <summary>Ends a computation.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (--_inside == 0) Monitor.PulseAll(_lock);
        }
    }

    private bool Fits(bool position) => _inside == 0 || _position == position;
}
