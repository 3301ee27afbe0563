using System.Runtime.CompilerServices;

namespace ConvNeXt.MLNet.Scoring;

/// <summary>
/// Threads of the library on which cursors have images decoded and scored ahead. All cursors of the process share them. They are started when there is work,
/// and end when there has been none for a while. A cursor never depends on them: what no helper does, its consumer's thread does. So nothing waits for the
/// thread pool, whose threads may all be consumers.
/// </summary>
internal sealed class HelperThreads(int limit)
{
    private static readonly TimeSpan _idleLife = TimeSpan.FromSeconds(10);

    private readonly object _lock = new();
    private readonly Queue<Action> _work = new();
    private int _threads;
    private int _idle;

    /// <summary>One for each core.</summary>
    public static HelperThreads Shared { get; } = new(Environment.ProcessorCount);

    /// <summary>Threads that exist now.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _threads;
        }
    }

    /// <summary>Queues work for the threads.</summary>
    /// <param name="work">Returns when there is nothing more to do for it; it must not throw.</param>
    /// <param name="times">How many times it should be called, on different threads if possible.</param>
    public void Offer(Action work, int times)
    {
        lock (_lock)
        {
            for (int i = 0; i < times; i++)
            {
                _work.Enqueue(work);
                Monitor.Pulse(_lock);
            }
            for (int missing = _work.Count - _idle; missing > 0 && _threads < limit; missing--)
                if (!TryStart()) return;
        }
    }

    private bool TryStart()
    {
        try
        {
            // Unsafe: without the culture and the other values that flow with the thread of the first consumer.
            new Thread(Run) { IsBackground = true, Name = "ConvNeXt decoding" }.UnsafeStart();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return false; // the system has no more threads
        }
        _threads++;
        return true;
    }

    private void Run()
    {
        while (RunNext())
        {
            // Until there is no more work.
        }
    }

    // By itself, so that a thread that waits for work does not keep the last one alive, and with it a cursor and its network.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RunNext()
    {
        if (Take() is not { } work) return false;
        work();
        return true;
    }

    private Action? Take()
    {
        lock (_lock)
        {
            while (_work.Count == 0)
            {
                _idle++;
                bool pulsed = Monitor.Wait(_lock, _idleLife);
                _idle--;
                if (pulsed || _work.Count > 0) continue;
                _threads--;
                return null;
            }
            return _work.Dequeue();
        }
    }
}
