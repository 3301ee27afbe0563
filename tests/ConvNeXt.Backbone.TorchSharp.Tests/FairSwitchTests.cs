using ConvNeXt.Backbone.TorchSharp.Devices;

namespace ConvNeXt.Tests;

[TestClass]
public sealed class FairSwitchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1), Moment = TimeSpan.FromMilliseconds(200);

    [TestMethod]
    public void AComputationThatWaitsForTheOtherPosition_IsNotOvertaken()
    {
        var positions = new List<bool>();
        var gate = new FairSwitch(positions.Add);
        gate.Enter(true);
        Task other = Start(false), later = Start(true);
        Assert.IsFalse(later.Wait(Moment), "it has the position of the one inside, but came after the one that waits");
        Assert.IsFalse(other.IsCompleted);
        gate.Leave();
        Assert.IsTrue(Task.WaitAll([other, later], Patience));
        CollectionAssert.AreEqual(new[] { true, false, true }, positions);

        Task Start(bool position)
        {
            using var started = new ManualResetEventSlim();
            var task = Task.Factory.StartNew(
                () =>
                {
                    started.Set();
                    gate.Enter(position);
                    gate.Leave();
                },
                TaskCreationOptions.LongRunning);
            started.Wait();
            task.Wait(Moment); // long enough to be in the queue
            return task;
        }
    }

    [TestMethod]
    public void TheSamePosition_IsSharedAndSetOnce()
    {
        int set = 0;
        var gate = new FairSwitch(_ => set++);
        gate.Enter(true);
        var inside = Task.Factory.StartNew(() => gate.Enter(true), TaskCreationOptions.LongRunning);
        Assert.IsTrue(inside.Wait(Patience), "nobody waits for another position");
        gate.Leave();
        gate.Leave();
        Assert.AreEqual(1, set);
    }
}
