using ConvNeXt.MLNet.Hosting;

namespace ConvNeXt.Tests;

/// <summary>What happens to requests that the service cannot or need not compute.</summary>
[TestClass]
public sealed class QueueTests
{
    [TestMethod]
    public async Task AFullQueue_RefusesAtOnceWithAReason_AndAcceptsAgainWhenARequestIsDone()
    {
        await using TestService service = await TestService.StartHeldAsync(options => options.QueueCapacity = 3);
        Task<ClassificationResult>[] accepted = [.. Pictures.Encoded.Take(3).Select(image => service.Classifier.ClassifyAsync(image))];
        Task<ClassificationResult> refused = service.Classifier.ClassifyAsync(Pictures.Encoded[3]);
        Assert.IsTrue(refused.IsCompleted, "A refusal does not wait.");
        Assert.AreEqual(ClassificationStatus.QueueFull, (await refused).Status);
        StringAssert.Contains((await refused).Problem, "full");
        using var untouched = new MemoryStream(Pictures.Encoded[3]);
        Assert.AreEqual(ClassificationStatus.QueueFull, (await service.Classifier.ClassifyAsync(untouched)).Status);
        Assert.AreEqual(0, untouched.Position, "An upload is not read for nothing.");

        await service.WaitForPreparedAsync(3);
        service.Release();
        ClassificationResult[] results = await Task.WhenAll(accepted);
        for (int i = 0; i < results.Length; i++) ResultAssert.IsThatOf(Pictures.First, i, results[i]);
        Task<ClassificationResult> next = service.Classifier.ClassifyAsync(Pictures.Encoded[4]);
        await service.WaitForPreparedAsync(1);
        service.Release();
        ResultAssert.IsThatOf(Pictures.First, 4, await next);
    }

    [TestMethod]
    public async Task ARefusal_SaysWhenToComeAgain_OnceItIsKnownHowLongAnImageTakes()
    {
        var time = new ManualTime { StepByReading = TimeSpan.FromMilliseconds(1) };
        await using TestService service = await TestService.StartAsync(options => (options.QueueCapacity, options.MaxQueueDelay) = (2, TestService.Delay), time);
        List<Task<ClassificationResult>> accepted = [];
        foreach (bool isKnown in (bool[])[false, true])
        {
            for (int i = 0; i < 2; i++) accepted.Add(service.Classifier.ClassifyAsync(Pictures.Encoded[i]));
            ClassificationResult refused = await service.Classifier.ClassifyAsync(Pictures.Encoded[2]);
            Assert.AreEqual(ClassificationStatus.QueueFull, refused.Status);
            Assert.AreEqual(isKnown, refused.RetryAfter is not null);
            // Two images, each at least half of the time between two readings of the clock.
            if (isKnown) Assert.IsGreaterThanOrEqualTo(time.StepByReading, refused.RetryAfter!.Value);
            await service.WaitForPreparedAsync(2);
            service.Release();
            foreach (ClassificationResult result in await Task.WhenAll(accepted)) Assert.IsNull(result.RetryAfter);
        }
    }

    [TestMethod]
    public async Task ACanceledRequest_LeavesItsBatch_AndItsPlaceIsFree()
    {
        await using TestService service = await TestService.StartHeldAsync(options => options.QueueCapacity = 3);
        using var cancellation = new CancellationTokenSource();
        Task<ClassificationResult> first = service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        Task<ClassificationResult> canceled = service.Classifier.ClassifyAsync(Pictures.Encoded[1], cancellationToken: cancellation.Token);
        Task<ClassificationResult> last = service.Classifier.ClassifyAsync(Pictures.Encoded[2]);
        await service.WaitForPreparedAsync(3);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => canceled);
        Assert.AreEqual(2, service.Internals.QueueLength);
        Assert.AreEqual(2, service.Internals.PreparedCount);
        service.Release();
        ResultAssert.IsThatOf(Pictures.First, 0, await first);
        ResultAssert.IsThatOf(Pictures.First, 2, await last);
        Assert.AreEqual(2, (await last).BatchSize, "The canceled image was not computed.");
    }

    [TestMethod]
    public async Task ARequestThatIsCanceledBefore_IsNeverAccepted()
    {
        await using TestService service = await TestService.StartHeldAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(
            () => service.Classifier.ClassifyAsync(Pictures.Encoded[0], cancellationToken: new CancellationToken(canceled: true)));
        Assert.AreEqual(0, service.Internals.QueueLength);
    }

    [TestMethod]
    public async Task CancellationAtAnyMoment_LeavesNoPlaceTaken_AndNoModelInUse()
    {
        await using TestService service = await TestService.StartAsync();
        var random = new Random(1);
        int canceled = 0;
        for (int round = 0; round < 100; round++)
        {
            using var cancellation = new CancellationTokenSource();
            IEnumerable<byte[]> images = Pictures.Encoded.Take(16);
            Task<ClassificationResult>[] requests = [.. images.Select(image => service.Classifier.ClassifyAsync(image, cancellationToken: cancellation.Token))];
            Thread.SpinWait(random.Next(100_000));
            await cancellation.CancelAsync();
            foreach (Task<ClassificationResult> request in requests)
            {
                try
                {
                    Assert.AreEqual(ClassificationStatus.Classified, (await request).Status);
                }
                catch (OperationCanceledException)
                {
                    canceled++;
                }
            }
        }
        Assert.IsGreaterThan(0, canceled);
        await TestService.WaitAsync(() => service.Internals.QueueLength == 0, "an empty queue");
        var model = service.Internals.Model!;
        await service.StopAsync();
        Assert.IsFalse(model.IsOpen, "A request has kept the model.");
    }

    [TestMethod]
    public async Task ARequestThatTakesTooLong_TimesOut_AndOthersDoNot()
    {
        await using TestService service = await TestService.StartHeldAsync();
        Task<ClassificationResult> hasty = service.Classifier.ClassifyAsync(Pictures.Encoded[0], new ClassifyOptions { Timeout = TestService.Delay / 4 });
        Task<ClassificationResult> patient = service.Classifier.ClassifyAsync(Pictures.Encoded[1]);
        await service.WaitForPreparedAsync(2);
        service.Time!.Advance(TestService.Delay / 2);
        ClassificationResult late = await hasty;
        Assert.AreEqual(ClassificationStatus.TimedOut, late.Status);
        Assert.AreEqual(TestService.Delay / 2, late.Timings.Total);
        Assert.AreEqual(1, service.Internals.QueueLength);
        service.Release();
        ResultAssert.IsThatOf(Pictures.First, 1, await patient);
    }

    [TestMethod]
    public async Task Shutdown_FinishesAcceptedRequests_AndRefusesNewOnes()
    {
        await using TestService service = await TestService.StartHeldAsync();
        var model = service.Internals.Model!;
        Task<ClassificationResult>[] accepted = [.. Pictures.Encoded.Take(3).Select(image => service.Classifier.ClassifyAsync(image))];
        await service.WaitForPreparedAsync(3);
        Task stop = service.StopAsync();
        await TestService.WaitAsync(() => !service.Internals.IsAccepting, "the beginning of the shutdown");
        ClassificationResult refused = await service.Classifier.ClassifyAsync(Pictures.Encoded[3]);
        Assert.AreEqual(ClassificationStatus.Unavailable, refused.Status);
        Assert.IsFalse(stop.IsCompleted);
        service.Release();
        ClassificationResult[] results = await Task.WhenAll(accepted);
        for (int i = 0; i < results.Length; i++) ResultAssert.IsThatOf(Pictures.First, i, results[i]);
        await stop;
        Assert.IsFalse(model.IsOpen);
        Assert.IsNull(service.Classifier.ModelVersion);
    }

    [TestMethod]
    public async Task Shutdown_EndsAtItsDeadline_AndTellsTheRest()
    {
        await using TestService service = await TestService.StartHeldAsync(options => options.ShutdownTimeout = TestService.Delay / 4);
        Task<ClassificationResult> accepted = service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        await service.WaitForPreparedAsync(1);
        Task stop = service.StopAsync();
        await TestService.WaitAsync(() => !service.Internals.IsAccepting, "the beginning of the shutdown");
        while (!stop.IsCompleted)
        {
            service.Time!.Advance(TestService.Delay / 100); // the deadline begins a moment after the shutdown
            await Task.Delay(20);
            if (service.Time.Now > TestService.Delay * 0.9) Assert.Fail("The shutdown waits longer than its deadline.");
        }
        await stop;
        ClassificationResult result = await accepted;
        Assert.AreEqual(ClassificationStatus.Unavailable, result.Status);
        StringAssert.Contains(result.Problem, "shutting down");
    }

    [TestMethod]
    public async Task BeforeTheStart_RequestsAreUnavailable()
    {
        var options = new ConvNeXtClassifierOptions { ModelPath = Pictures.First.Path };
        using var classifier = new ConvNeXt.MLNet.Hosting.Serving.ImageClassifier(
            "", options, null, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeProvider.System);
        ClassificationResult result = await classifier.ClassifyAsync(Pictures.Encoded[0]);
        Assert.AreEqual(ClassificationStatus.Unavailable, result.Status);
        StringAssert.Contains(result.Problem, "has not been started");
        Assert.AreEqual(0, classifier.QueueLength);
    }
}
