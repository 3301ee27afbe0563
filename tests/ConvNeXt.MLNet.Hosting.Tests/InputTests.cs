using ConvNeXt.Backbone.Engines;
using ConvNeXt.MLNet;
using ConvNeXt.MLNet.Evaluation;
using ConvNeXt.MLNet.Hosting;

namespace ConvNeXt.Tests;

/// <summary>What a caller may give, and what it gets.</summary>
[TestClass]
public sealed class InputTests
{
    [TestMethod]
    public async Task BytesStreamAndPath_GiveTheSameResult()
    {
        await using TestService service = await TestService.StartAsync();
        byte[] padded = [9, 9, .. Pictures.Encoded[0], 9];
        using var stream = new OneByteStream(Pictures.Encoded[0]);
        ResultAssert.IsThatOf(Pictures.First, 0, await service.Classifier.ClassifyAsync(Pictures.Encoded[0]));
        ResultAssert.IsThatOf(Pictures.First, 0, await service.Classifier.ClassifyAsync(padded.AsMemory(2, padded.Length - 3)));
        ResultAssert.IsThatOf(Pictures.First, 0, await service.Classifier.ClassifyAsync(stream));
        ResultAssert.IsThatOf(Pictures.First, 0, await service.Classifier.ClassifyAsync(TinyModel.TestSet[0].ImagePath));
    }

    [TestMethod]
    public async Task WithInt8_ProbabilitiesAreThoseOfTheInt8Model()
    {
        await using TestService service = await TestService.StartAsync(options => options.Int8 = true);
        using var model = TinyModel.Transformer.WithEngine(ConvNeXtEngine.Managed, ComputePrecision.Int8);
        ClassificationResult result = await service.Classifier.ClassifyAsync(Pictures.Encoded[0]);
        Assert.AreEqual(model.PredictFiles([TinyModel.TestSet[0].ImagePath]).Single().Scores.Max(), result.Probability);
        Assert.AreNotEqual(Pictures.First.Scores[0].Max(), result.Probability);
    }

    [TestMethod]
    public async Task TopCount_AndThreshold_AreThoseOfTheRequest()
    {
        await using TestService service = await TestService.StartAsync(options => (options.TopCount, options.UnsureBelow) = (2, 0));
        float best = Pictures.First.Scores[0].Max();
        ClassificationResult sure = await service.Classifier.ClassifyAsync(Pictures.Encoded[0], new ClassifyOptions { UnsureBelow = best });
        Assert.IsFalse(sure.IsUnsure);
        Assert.HasCount(2, sure.Top);
        Assert.IsGreaterThanOrEqualTo(sure.Top[1].Probability, sure.Top[0].Probability);
        ClassificationResult unsure = await service.Classifier.ClassifyAsync(
            Pictures.Encoded[0], new ClassifyOptions { UnsureBelow = Math.BitIncrement(best), TopCount = 1 });
        Assert.IsTrue(unsure.IsUnsure);
        Assert.HasCount(1, unsure.Top);
        Assert.AreEqual(sure.Label, unsure.Label);
    }

    [TestMethod]
    public async Task AnImageWithTooManyBytes_IsRefused_HoweverItComes()
    {
        int length = Pictures.Encoded[0].Length;
        await using TestService service = await TestService.StartAsync(options => options.MaxImageBytes = length - 1);
        using var seekable = new MemoryStream(Pictures.Encoded[0]);
        using var unknown = new OneByteStream(Pictures.Encoded[0]);
        ClassificationResult[] results =
        [
            await service.Classifier.ClassifyAsync(Pictures.Encoded[0]),
            await service.Classifier.ClassifyAsync(seekable),
            await service.Classifier.ClassifyAsync(unknown),
            await service.Classifier.ClassifyAsync(TinyModel.TestSet[0].ImagePath),
        ];
        foreach (ClassificationResult result in results)
        {
            Assert.AreEqual(ClassificationStatus.ImageTooLarge, result.Status);
            StringAssert.Contains(result.Problem, (length - 1).ToString("N0", System.Globalization.CultureInfo.InvariantCulture));
        }
        Assert.AreEqual(0, seekable.Position);
        await using TestService enough = await TestService.StartAsync(options => options.MaxImageBytes = length);
        using var exact = new OneByteStream(Pictures.Encoded[0]);
        ResultAssert.IsThatOf(Pictures.First, 0, await enough.Classifier.ClassifyAsync(exact));
    }

    [TestMethod]
    public async Task AnImageWithTooManyPixels_IsRefusedBeforeItIsDecoded()
    {
        await using TestService service = await TestService.StartAsync(options => options.MaxImagePixels = TestImages.Size * TestImages.Size);
        ResultAssert.IsThatOf(Pictures.First, 0, await service.Classifier.ClassifyAsync(Pictures.Encoded[0]));
        byte[] larger = TestImages.EncodeBmp(TestImages.Size + 1, TestImages.Size, new byte[(TestImages.Size + 1) * TestImages.Size * 3]);
        byte[] onlyHeader = larger[..60]; // decoding it would say that it is truncated
        foreach (byte[] image in (byte[][])[larger, onlyHeader])
        {
            ClassificationResult result = await service.Classifier.ClassifyAsync(image);
            Assert.AreEqual(ClassificationStatus.ImageTooLarge, result.Status, result.Problem);
            StringAssert.Contains(result.Problem, "41 x 40 pixels");
        }
    }

    [TestMethod]
    public async Task WithARootFolder_NoPathLeadsOutOfIt()
    {
        string file = TinyModel.TestSet[0].ImagePath, folder = Path.GetDirectoryName(file)!;
        await using TestService service = await TestService.StartAsync(options => options.ImageRootFolder = folder);
        ResultAssert.IsThatOf(Pictures.First, 0, await service.Classifier.ClassifyAsync(Path.GetFileName(file)));
        foreach (string path in (string[])[TinyModel.TestSet[^1].ImagePath, Path.Combine("..", "..", "secret.jpg"), "", "missing.jpg"])
        {
            ClassificationResult result = await service.Classifier.ClassifyAsync(path);
            Assert.AreEqual(ClassificationStatus.UnreadableImage, result.Status, path);
        }
    }

    [TestMethod]
    public async Task ManyImages_KeepTheirOrder_BadOnesIncluded_AndAFullQueueIsWaitedFor()
    {
        await using TestService service = await TestService.StartAsync(options => (options.QueueCapacity, options.MaxBatchSize) = (2, 2));
        string missing = Path.Combine(TestFolders.CreateTemporary(), "missing.jpg");
        string[] good = [.. TinyModel.TestSet.Select(image => image.ImagePath)];
        string[] paths = [.. good[..20], missing, .. good[20..]];
        Task<List<ClassificationResult>> other = service.Classifier.ClassifyManyAsync(ToAsync(Pictures.Encoded)).ToListAsync().AsTask();
        List<ClassificationResult> results = await service.Classifier.ClassifyManyAsync(paths).ToListAsync();
        Assert.HasCount(paths.Length, results);
        Assert.AreEqual(ClassificationStatus.UnreadableImage, results[20].Status);
        StringAssert.Contains(results[20].Problem, "there is no such file");
        results.RemoveAt(20);
        for (int i = 0; i < results.Count; i++) ResultAssert.IsThatOf(Pictures.First, i, results[i]);
        List<ClassificationResult> others = await other;
        for (int i = 0; i < others.Count; i++) ResultAssert.IsThatOf(Pictures.First, i, others[i]);
        Assert.AreEqual(0, service.Internals.QueueLength);
    }

    [TestMethod]
    public async Task AResultOfMany_IsThereBeforeTheSourceGivesTheNextImage()
    {
        await using TestService service = await TestService.StartAsync();
        var more = new TaskCompletionSource();
        await using IAsyncEnumerator<ClassificationResult> results = service.Classifier.ClassifyManyAsync(Live()).GetAsyncEnumerator();
        Assert.IsTrue(await results.MoveNextAsync());
        ResultAssert.IsThatOf(Pictures.First, 0, results.Current);
        more.SetResult();
        Assert.IsTrue(await results.MoveNextAsync());
        ResultAssert.IsThatOf(Pictures.First, 1, results.Current);
        Assert.IsFalse(await results.MoveNextAsync());

        async IAsyncEnumerable<ReadOnlyMemory<byte>> Live()
        {
            yield return Pictures.Encoded[0];
            await more.Task;
            yield return Pictures.Encoded[1];
        }
    }

    [TestMethod]
    public async Task WhoStopsReadingManyResults_LeavesNothingInTheQueue()
    {
        await using TestService service = await TestService.StartAsync();
        await foreach (ClassificationResult result in service.Classifier.ClassifyManyAsync(ToAsync(Pictures.Encoded)))
        {
            ResultAssert.IsThatOf(Pictures.First, 0, result);
            break;
        }
        await TestService.WaitAsync(() => service.Internals.QueueLength == 0, "an empty queue");
    }

    private static IAsyncEnumerable<ReadOnlyMemory<byte>> ToAsync(byte[][] images) =>
        images.Select(image => (ReadOnlyMemory<byte>)image).ToAsyncEnumerable();

    /// <summary>A stream as of a network: its length is unknown and it gives a byte at a time.</summary>
    private sealed class OneByteStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
