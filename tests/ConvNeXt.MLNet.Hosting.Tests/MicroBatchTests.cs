using System.Collections.Concurrent;
using ConvNeXt.MLNet.Hosting;

namespace ConvNeXt.Tests;

/// <summary>Images are computed together, and nobody can tell from the results.</summary>
[TestClass]
public sealed class MicroBatchTests
{
    [TestMethod]
    public async Task ImagesThatWait_AreComputedTogether_AndEachGetsItsOwnResult_BitByBit()
    {
        await using TestService service = await TestService.StartHeldAsync(options => options.MaxBatchSize = 5);
        Task<ClassificationResult>[] requests = [.. Pictures.Encoded.Take(5).Select(image => service.Classifier.ClassifyAsync(image))];
        ClassificationResult[] results = await Task.WhenAll(requests); // a full batch does not wait
        for (int i = 0; i < results.Length; i++)
        {
            ResultAssert.IsThatOf(Pictures.First, i, results[i]);
            Assert.AreEqual(5, results[i].BatchSize);
        }
    }

    [TestMethod]
    public async Task ManyCallers_GetTheResultsOfSequentialPredictions_BitByBit()
    {
        await using TestService service = await TestService.StartAsync(options => options.QueueCapacity = 32);
        var batches = new ConcurrentBag<int>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (request, token) =>
        {
            int picture = request % Pictures.Encoded.Length;
            ClassificationResult result = await service.Classifier.ClassifyAsync(Pictures.Encoded[picture], cancellationToken: token);
            ResultAssert.IsThatOf(Pictures.First, picture, result);
            batches.Add(result.BatchSize);
        });
        Assert.IsGreaterThan(1, batches.Max(), "No images were computed together, so the test shows nothing.");
        Assert.IsLessThanOrEqualTo(8, batches.Max());
        Assert.AreEqual(0, service.Internals.QueueLength);
    }

    [TestMethod]
    public async Task WithoutDelay_AnImageIsNotKeptWaitingForOthers()
    {
        await using TestService service = await TestService.StartAsync(time: new ManualTime()); // whose clock stands still
        ClassificationResult result = await service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        ResultAssert.IsThatOf(Pictures.First, 0, result);
        Assert.AreEqual(1, result.BatchSize);
    }

    [TestMethod]
    public async Task WithDelay_AnImageWaitsForOthersUntilTheDelayIsOver()
    {
        await using TestService service = await TestService.StartHeldAsync();
        Task<ClassificationResult> first = service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        await service.WaitForPreparedAsync(1);
        service.Time!.Advance(TestService.Delay / 2);
        Task<ClassificationResult> second = service.Classifier.ClassifyAsync(Pictures.Encoded[1]);
        await service.WaitForPreparedAsync(2);
        Assert.IsFalse(first.IsCompleted);
        service.Time.Advance(TestService.Delay / 2);
        ResultAssert.IsThatOf(Pictures.First, 0, await first);
        ResultAssert.IsThatOf(Pictures.First, 1, await second);
        Assert.AreEqual(2, (await first).BatchSize);
        Assert.AreEqual(TestService.Delay, (await first).Timings.Waiting);
        Assert.AreEqual(TestService.Delay / 2, (await second).Timings.Waiting);
    }

    [TestMethod]
    public async Task ABadImage_HarmsNoOtherOfItsBatch()
    {
        await using TestService service = await TestService.StartHeldAsync();
        byte[] truncated = Pictures.Encoded[3][..200];
        Task<ClassificationResult> first = service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        Task<ClassificationResult> broken = service.Classifier.ClassifyAsync(Pictures.Broken);
        Task<ClassificationResult> cut = service.Classifier.ClassifyAsync(truncated);
        Task<ClassificationResult> empty = service.Classifier.ClassifyAsync(ReadOnlyMemory<byte>.Empty);
        Task<ClassificationResult> last = service.Classifier.ClassifyAsync(Pictures.Encoded[1]);
        foreach (ClassificationResult bad in await Task.WhenAll(broken, cut, empty)) // none waits for the network
        {
            Assert.AreEqual(ClassificationStatus.UnreadableImage, bad.Status);
            Assert.IsFalse(bad.IsClassified);
            StringAssert.Contains(bad.Problem, "cannot be read");
            Assert.IsNull(bad.Label);
            Assert.IsEmpty(bad.Top);
        }
        await service.WaitForPreparedAsync(2);
        service.Release();
        ResultAssert.IsThatOf(Pictures.First, 0, await first);
        ResultAssert.IsThatOf(Pictures.First, 1, await last);
        Assert.AreEqual(2, (await last).BatchSize);
    }
}
