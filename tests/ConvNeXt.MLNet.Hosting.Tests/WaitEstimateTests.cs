using ConvNeXt.MLNet.Hosting;
using ConvNeXt.MLNet.Hosting.Serving;

namespace ConvNeXt.Tests;

/// <summary>How long a request is expected to wait, and what is refused for it.</summary>
[TestClass]
public sealed class WaitEstimateTests
{
    private static readonly TimeSpan _each = TimeSpan.FromMilliseconds(20);

    [TestMethod]
    public void BatchesOneAfterTheOther_TakeTheirTime()
    {
        var time = new ManualTime();
        var estimate = new WaitEstimate(time, decodingThreads: 1);
        Assert.AreEqual(TimeSpan.Zero, estimate.Find(requests: 10, encoded: 10));
        for (int i = 0; i < 20; i++) Compute(estimate, time, count: 2, 2 * _each);
        Assert.AreEqual(_each, estimate.Find(1, 0));
        Assert.AreEqual(10 * _each, estimate.Find(requests: 10, encoded: 0));
    }

    [TestMethod]
    public void BatchesAtTheSameTime_CountTheirTimeOnce()
    {
        var time = new ManualTime();
        var estimate = new WaitEstimate(time, decodingThreads: 1);
        for (int i = 0; i < 100; i++)
        {
            // Two lanes that begin together; each image keeps a core for the whole time.
            long start = time.GetTimestamp();
            time.Advance(_each);
            estimate.CountBatch(start, 1);
            estimate.CountBatch(start, 1);
        }
        Assert.AreEqual(_each.TotalMilliseconds / 2, estimate.Find(1, 0).TotalMilliseconds, 1);
        Assert.AreEqual(_each.TotalMilliseconds, estimate.TimeOnAThread.TotalMilliseconds, 1);
    }

    [TestMethod]
    public void ImagesThatAreNotDecoded_AddTheirDecoding()
    {
        var time = new ManualTime();
        var estimate = new WaitEstimate(time, decodingThreads: 2);
        Compute(estimate, time, count: 1, _each);
        estimate.CountDecoding(_each);
        Assert.AreEqual((10 * _each) + (4 * _each / 2), estimate.Find(requests: 10, encoded: 4));
    }

    [TestMethod]
    public void APauseOfTheProcess_IsNotTakenForASlowNetwork_ButASlowNetworkIs()
    {
        var time = new ManualTime();
        var estimate = new WaitEstimate(time, decodingThreads: 1);
        for (int i = 0; i < 20; i++) Compute(estimate, time, count: 1, _each);
        Compute(estimate, time, count: 1, TimeSpan.FromMinutes(1));
        Assert.IsLessThan(1.5 * _each, estimate.Find(1, 0));
        for (int i = 0; i < 60; i++) Compute(estimate, time, count: 1, 30 * _each);
        Assert.IsGreaterThan(25 * _each, estimate.Find(1, 0));
    }

    [TestMethod]
    public void ARequestThatWouldWaitTooLong_IsRefused_ExceptTheFewThatTheCoresNeed()
    {
        int few = 2 * Environment.ProcessorCount;
        var slow = new Admission(1000, TimeSpan.FromSeconds(1), requests => TimeSpan.FromMinutes(requests));
        for (int i = 0; i < few; i++) Assert.IsNull(slow.TryEnter());
        Assert.AreEqual(ClassificationStatus.QueueFull, slow.TryEnter());
        slow.FreePlace();
        Assert.IsNull(slow.TryEnter());

        int allowed = few + 5;
        var usual = new Admission(1000, allowed * _each, requests => requests * _each);
        for (int i = 0; i < allowed; i++) Assert.IsNull(usual.TryEnter());
        Assert.IsTrue(usual.IsFull);
        Assert.AreEqual(ClassificationStatus.QueueFull, usual.TryEnter());

        var unlimited = new Admission(few + 2, Timeout.InfiniteTimeSpan, _ => TimeSpan.FromDays(1));
        for (int i = 0; i < few + 2; i++) Assert.IsNull(unlimited.TryEnter());
        Assert.AreEqual(ClassificationStatus.QueueFull, unlimited.TryEnter());
    }

    private static void Compute(WaitEstimate estimate, ManualTime time, int count, TimeSpan duration)
    {
        long start = time.GetTimestamp();
        time.Advance(duration);
        estimate.CountBatch(start, count);
    }
}
