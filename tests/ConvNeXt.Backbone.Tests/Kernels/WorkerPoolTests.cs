using System.Diagnostics;
using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels;

[TestClass]
public sealed unsafe class WorkerPoolTests
{
    private const int Items = 64, Threads = 4;

    [TestMethod]
    [DataRow(0)]
    [DataRow(2)]
    public void ThreadsThatTheSystemRefuses_AreDoneWithout_AndThePoolStaysInUse(int allowed)
    {
        int started = 0;
        var pool = new WorkerPool(thread =>
        {
            if (started == allowed) throw new OutOfMemoryException("no more threads");
            started++;
            thread.Start();
        });
        for (int run = 0; run < 3; run++) CheckRun(pool);
        Assert.AreEqual(allowed, started);
    }

    [TestMethod]
    public void AThreadThatFailsForAnotherReason_IsAnError_AndThePoolStaysInUse()
    {
        bool fails = true;
        var pool = new WorkerPool(thread =>
        {
            if (fails) throw new NotSupportedException();
            thread.Start();
        });
        Assert.ThrowsExactly<NotSupportedException>(() => CheckRun(pool));
        fails = false;
        CheckRun(pool);
    }

    [TestMethod]
    [DataRow(true, DisplayName = "on the caller's thread")]
    [DataRow(false, DisplayName = "on a worker")]
    public void AnItemThatThrows_ReachesTheCaller_AndThePoolStaysInUse(bool onCaller)
    {
        var pool = new WorkerPool();
        int* waiting = stackalloc int[1];
        for (int run = 0; run < 3; run++)
        {
            *waiting = 1;
            var task = new ThrowingTask { OnCaller = onCaller, Waiting = waiting };
            Assert.ThrowsExactly<InvalidDataException>(() => pool.TryRun(task, Items, Threads));
            CheckRun(pool);
        }
    }

    private static void CheckRun(WorkerPool pool)
    {
        int* counts = stackalloc int[Items];
        new Span<int>(counts, Items).Clear();
        Assert.IsTrue(pool.TryRun(new CountingTask { Counts = counts }, Items, Threads), "the pool is free");
        foreach (int count in new ReadOnlySpan<int>(counts, Items)) Assert.AreEqual(1, count);
    }

    private struct CountingTask : IParallelTask
    {
        public int* Counts;

        public readonly void Run(int item, int worker) => Interlocked.Increment(ref Counts[item]);
    }

    // The caller or the workers throw; the others wait until they have, so that it happens in every run.
    private struct ThrowingTask : IParallelTask
    {
        public bool OnCaller;
        public int* Waiting;

        public readonly void Run(int item, int worker)
        {
            if (OnCaller == (worker == 0))
            {
                Volatile.Write(ref *Waiting, 0);
                throw new InvalidDataException();
            }

            long started = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref *Waiting) == 1 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30)) Thread.Sleep(1);
        }
    }
}
