using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace ConvNeXt.Backbone.Kernels.Threading;

/// <summary>
/// The process-wide threads that all kernels share. Only one computation uses the workers at a time; another one that starts meanwhile is refused and runs on
/// its caller's thread alone. Threads are created when first needed, spin for some microseconds after work, and then sleep. Where the system refuses a thread,
/// the existing ones compute.
/// </summary>
/// <param name="start">Starts a thread; null for <see cref="Thread.Start()"/>.</param>
internal sealed unsafe class WorkerPool(Action<Thread>? start = null)
{
    /// <summary>Maximum number of threads of one computation, including the caller's.</summary>
    public const int MaxThreads = 256;

    private const int SpinsBeforeSleep = 200;
    private const int MillisecondsBeforeRetry = 10_000;
    private const int Closed = int.MinValue;   // sign bit of the gate: no worker may enter; the other bits count the workers inside

    private readonly Lock _growth = new();
    private readonly Action<Thread> _start = start ?? (static thread => thread.Start());
    private Worker[] _workers = [];
    private long? _refusedAt;
    private int _passes;
    private int _taken;
    private int _generation;
    private int _gate = Closed;

    // The current computation; written only while the gate is closed and no worker is inside.
    private delegate*<void*, int, int, void> _invoke;
    private void* _task;
    private int _items;
    private int _nextItem;
    private int _threads;
    private Exception? _failure;

    public static WorkerPool Shared { get; } = new();

    /// <summary>Passes in progress, each on a thread of its own that computes.</summary>
    public int Passes => Volatile.Read(ref _passes);

    /// <summary>Counts a pass: from now on, others leave it a core.</summary>
    public void BeginPass() => Interlocked.Increment(ref _passes);

    /// <summary>Ends what <see cref="BeginPass"/> began.</summary>
    public void EndPass() => Interlocked.Decrement(ref _passes);

    /// <summary>
    /// Runs all items on up to <paramref name="threads"/> threads. Returns false, without running any, if the workers are in use by another computation.
    /// </summary>
    /// <remarks>An item should not throw. If one does, items that have not started are left out, and the first exception is thrown here.</remarks>
    public bool TryRun<TTask>(in TTask task, int items, int threads) where TTask : unmanaged, IParallelTask
    {
        if (Interlocked.CompareExchange(ref _taken, 1, 0) != 0) return false;
        Exception? failure;
        try
        {
            int helpers = EnsureWorkers(Math.Min(threads, items) - 1);
            fixed (TTask* pointer = &task)
            {
                _invoke = &Invoke<TTask>;
                _task = pointer;
                _items = items;
                _nextItem = 0;
                _threads = helpers + 1;
                _failure = null;
                Volatile.Write(ref _gate, 0);
                Interlocked.Increment(ref _generation);
                for (int i = 0; i < helpers; i++) _workers[i].Wake();
                RunItems(0);

                // Workers that have not entered by now have nothing left to do; wait for those inside.
                Interlocked.Or(ref _gate, Closed);
                var spin = new SpinWait();
                while (Volatile.Read(ref _gate) != Closed) spin.SpinOnce(sleep1Threshold: -1);
            }

            failure = Interlocked.Exchange(ref _failure, null);
        }
        finally
        {
            Volatile.Write(ref _taken, 0);
        }

        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        return true;
    }

    private static void Invoke<TTask>(void* task, int item, int worker) where TTask : unmanaged, IParallelTask => ((TTask*)task)->Run(item, worker);

    // Does not throw: an exception that left a worker would end the process, and one that left the caller would leave workers on its stack.
    private void RunItems(int worker)
    {
        try
        {
            for (int item; (item = Interlocked.Increment(ref _nextItem) - 1) < _items;) _invoke(_task, item, worker);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, exception, null);
            Volatile.Write(ref _nextItem, _items);
        }
    }

    private bool TryEnter()
    {
        for (int gate = Volatile.Read(ref _gate); gate >= 0;)
        {
            int seen = Interlocked.CompareExchange(ref _gate, gate + 1, gate);
            if (seen == gate) return true;
            gate = seen;
        }

        return false;
    }

    // Returns the number of workers there are, at most those asked for.
    private int EnsureWorkers(int count)
    {
        if (_workers.Length >= count) return count;
        if (_refusedAt is { } time && Environment.TickCount64 - time < MillisecondsBeforeRetry) return _workers.Length;
        lock (_growth)
        {
            var workers = new List<Worker>(_workers);
            try
            {
                while (workers.Count < count) workers.Add(new Worker(this, workers.Count + 1));
                _refusedAt = null;
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                _refusedAt = Environment.TickCount64; // a limit on processes or memory, as containers have
            }

            _workers = [.. workers];
            return _workers.Length;
        }
    }

    private sealed class Worker
    {
        private readonly WorkerPool _pool;
        private readonly int _number;
        private readonly SemaphoreSlim _wake = new(0);
        private int _asleep;

        public Worker(WorkerPool pool, int number)
        {
            (_pool, _number) = (pool, number);
            pool._start(new Thread(Loop) { IsBackground = true, Name = $"ConvNeXt worker {number}" });
        }

        public void Wake()
        {
            if (Volatile.Read(ref _asleep) == 1 && Interlocked.Exchange(ref _asleep, 0) == 1) _wake.Release();
        }

        private void Loop()
        {
            for (int seen = 0; ; seen = WaitForChange(seen))
            {
                if (!_pool.TryEnter()) continue;
                if (_number < _pool._threads) _pool.RunItems(_number);
                Interlocked.Decrement(ref _pool._gate);
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private int WaitForChange(int seen)
        {
            for (int i = 0; i < SpinsBeforeSleep; i++)
            {
                int now = Volatile.Read(ref _pool._generation);
                if (now != seen) return now;
                Thread.SpinWait(20);
            }

            // Announce the sleep, then check again: a caller either sees the announcement or has changed the generation before it.
            Interlocked.Exchange(ref _asleep, 1);
            int generation = Volatile.Read(ref _pool._generation);
            if (generation != seen && Interlocked.Exchange(ref _asleep, 0) == 1) return generation;
            _wake.Wait();
            return Volatile.Read(ref _pool._generation);
        }
    }
}
