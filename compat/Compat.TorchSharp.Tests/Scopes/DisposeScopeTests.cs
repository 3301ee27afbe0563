using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Compat.TorchSharp.Tests.Scopes;

[TestClass]
public class DisposeScopeTests
{
    [TestMethod]
    public void AScope_DisposesWhatWasMadeInIt_AndNothingElse()
    {
        Tensor before = torch.zeros([1]), inside, kept, detached;
        using (DisposeScope outer = torch.NewDisposeScope())
        {
            using (DisposeScope inner = torch.NewDisposeScope())
            {
                inside = before + 1;
                kept = inside.clone().MoveToOuterDisposeScope();
                detached = inside.clone().DetachFromDisposeScope();
                Assert.IsTrue(inner.Contains(inside));
                Assert.AreEqual(1, inner.DisposablesCount);
            }
            Assert.IsTrue(inside.IsInvalid);
            Assert.IsFalse(kept.IsInvalid);
            Assert.IsTrue(outer.Contains(kept));
        }
        Assert.IsTrue(kept.IsInvalid);
        Assert.IsFalse(detached.IsInvalid);
        Assert.IsFalse(before.IsInvalid);
        detached.Dispose();
        detached.Dispose();
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => detached.zero_()).Message, "empty handle");
    }

    [TestMethod]
    public void AttachedTensors_ChangeTheirScope()
    {
        using DisposeScope outer = torch.NewDisposeScope();
        Tensor x = torch.zeros([1]);
        using (DisposeScope inner = torch.NewDisposeScope())
        {
            inner.Attach(x);
            Assert.IsFalse(outer.Contains(x));
        }
        Assert.IsTrue(x.IsInvalid);
    }

    [TestMethod]
    public void AnEndedScope_TakesNothing()
    {
        DisposeScope scope = torch.NewDisposeScope();
        scope.Dispose();
        scope.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => scope.Attach(torch.zeros([1])));
    }

    [TestMethod]
    public void Statistics_CountTheThreadsTensors()
    {
        long created = 0, live = 0, detached = 0, total = 0;
        var thread = new Thread(() =>
        {
            ThreadDisposeScopeStatistics statistics = DisposeScopeManager.Statistics;
            statistics.Reset();
            using (torch.NewDisposeScope())
            {
                Tensor x = torch.ones([2]).requires_grad_();
                for (int i = 0; i < 10; i++)
                {
                    using DisposeScope step = torch.NewDisposeScope();
                    (x * x).sum().backward();
                }
                x.grad!.DetachFromDisposeScope();
                (created, total) = (statistics.CreatedInScopeCount, Tensor.TotalCount);
            }
            (live, detached) = (statistics.ThreadTotalLiveCount, statistics.DetachedFromScopeCount);
        });
        thread.Start();
        thread.Join();
        Assert.AreEqual(1 + (10 * 2) + 1, created);
        Assert.AreEqual(1, live);
        Assert.AreEqual(1, detached);
        Assert.IsTrue(total >= 2 && Tensor.PeakCount >= total);
    }
}
