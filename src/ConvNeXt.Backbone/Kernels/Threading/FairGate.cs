namespace ConvNeXt.Backbone.Kernels.Threading;

/// <summary>Lets a bounded number of threads in at a time. The others wait in the order in which they came, without computing anything.</summary>
internal sealed class FairGate(int places)
{
    [ThreadStatic]
    private static Waiter? _ofThread;

    private readonly Lock _lock = new();
    private readonly Queue<Waiter> _waiting = new();
    private int _free = places;

    /// <summary>Threads that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    /// <summary>Takes a place as soon as one is free and nobody else has waited longer.</summary>
    /// <returns>Whether the place was handed over by the thread that had it, so that it was never free.</returns>
    public bool Enter()
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return false;
            }

            waiter = _ofThread ??= new Waiter();
            _waiting.Enqueue(waiter);
        }

        waiter.Wait();
        return true;
    }

    /// <summary>Gives the place to whoever has waited longest.</summary>
    /// <returns>Whether somebody has it now.</returns>
    public bool Leave()
    {
        Waiter? next;
        lock (_lock)
        {
            if (!_waiting.TryDequeue(out next)) _free++;
        }

        next?.Wake();
        return next is not null;
    }

    /// <summary>A thread that waits for one place at a time.</summary>
    private sealed class Waiter
    {
        private bool _woken;

        public void Wait()
        {
            lock (this)
            {
                while (!_woken) Monitor.Wait(this);
                _woken = false;
            }
        }

        public void Wake()
        {
            lock (this)
            {
                _woken = true;
                Monitor.Pulse(this);
            }
        }
    }
}
