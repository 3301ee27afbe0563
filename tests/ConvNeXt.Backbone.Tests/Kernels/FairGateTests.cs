using ConvNeXt.Backbone.Kernels.Threading;

namespace ConvNeXt.Tests.Kernels;

[TestClass]
public sealed class FairGateTests
{
    [TestMethod]
    public void ThreadsThatWait_EnterInTheirOrder()
    {
        const int count = 8;
        var gate = new FairGate(1);
        var order = new List<int>();
        int handedOver = 0;
        Assert.IsFalse(gate.Enter(), "the place was free");
        var threads = new Thread[count];
        for (int i = 0; i < count; i++)
        {
            int number = i;
            threads[i] = new Thread(() =>
            {
                if (gate.Enter()) handedOver++;
                order.Add(number); // one thread at a time is inside
                gate.Leave();
            });
            threads[i].Start();
            Assert.IsTrue(SpinWait.SpinUntil(() => gate.Waiting == number + 1, TimeSpan.FromSeconds(30)), "the thread waits");
        }

        Assert.IsTrue(gate.Leave(), "the place is handed over");
        foreach (var thread in threads) thread.Join();
        CollectionAssert.AreEqual(Enumerable.Range(0, count).ToArray(), order);
        Assert.AreEqual(count, handedOver);
        Assert.IsFalse(gate.Enter(), "the place is free again");
        Assert.IsFalse(gate.Leave(), "nobody waits");
    }

    [TestMethod]
    public void NoMoreThreadsThanPlaces_AreInsideAtOnce()
    {
        const int places = 2, count = 6, rounds = 2000;
        var gate = new FairGate(places);
        int inside = 0, most = 0, entered = 0;
        Thread[] threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < rounds; i++)
            {
                gate.Enter();
                int now = Interlocked.Increment(ref inside);
                for (int seen = Volatile.Read(ref most); now > seen;)
                {
                    int old = Interlocked.CompareExchange(ref most, now, seen);
                    if (old == seen) break;
                    seen = old;
                }

                Interlocked.Increment(ref entered);
                Interlocked.Decrement(ref inside);
                gate.Leave();
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.AreEqual(count * rounds, entered);
        Assert.IsTrue(most <= places, $"{most} threads were inside");
        Assert.AreEqual(0, gate.Waiting);
    }
}
