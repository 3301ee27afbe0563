namespace ConvNeXt.Backbone.Kernels.Threading;

/// <summary>Number of threads that a computation may use, on top of the process-wide <see cref="WorkerPool"/>.</summary>
internal sealed class WorkerTeam
{
    /// <param name="threadCount">Number of threads, including the caller's; null for one per core.</param>
    public WorkerTeam(int? threadCount = null)
    {
        if (threadCount is { } count) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count, nameof(threadCount));
        ThreadCount = Math.Min(threadCount ?? Environment.ProcessorCount, WorkerPool.MaxThreads);
    }

    /// <summary>Maximum number of threads, including the caller's.</summary>
    public int ThreadCount { get; }

    /// <summary>
    /// Runs all items of a task and returns when they are done. Each other pass in progress takes a thread away, so that many small passes at once take a core
    /// each instead of waiting for each other's threads.
    /// </summary>
    public void Run<TTask>(in TTask task, int items) where TTask : unmanaged, IParallelTask
    {
        int threads = ThreadCount - Math.Max(0, WorkerPool.Shared.Passes - 1);
        if (threads <= 1 || items <= 1 || !WorkerPool.Shared.TryRun(in task, items, threads))
            for (int i = 0; i < items; i++) task.Run(i, 0);
    }
}
